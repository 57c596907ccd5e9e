// The taps of a frame's windows, one after the other.
//
// Why it exists: which tap comes next, whether it lies on the padding, and by what its address moves on are all told by
// five nested loops (group of channels, kernel column, kernel row, output column, output row) and by constants. The loops
// are one tap ahead of `loop` and `padding`, so that what follows from them starts with registers. It can't hang.
// How to call it: next() once before the first tap and once behind each tap.
#ifndef FPGAFLOW_WINDOW_TAPS_HPP
#define FPGAFLOW_WINDOW_TAPS_HPP

#include <ap_int.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// What to add where loop 0 .. 4 goes on and those inside it start again; 5: where the next frame begins.
template <int Group, int KernelColumn, int KernelRow, int Column, int Row, int Frame>
struct Steps {
    static int of(int loop) {
#pragma HLS INLINE
        return loop == 0   ? Group
               : loop == 1 ? KernelColumn
               : loop == 2 ? KernelRow
               : loop == 3 ? Column
               : loop == 4 ? Row
                           : Frame;
    }
};

// Shape: see window.hpp.
template <class Shape>
struct WindowTaps {
    Counter<Shape::groups> group;
    Counter<Shape::kernel_columns> kernel_column;
    Counter<Shape::kernel_rows> kernel_row;
    Counter<Shape::output_columns> output_column;
    Counter<Shape::output_rows> output_row;
    ap_int<Shape::row_bits> row;
    ap_int<Shape::column_bits> column;
    ap_uint<3> loop;  // the one that goes on behind the coming tap
    bool padding;     // the coming tap lies outside the data

    WindowTaps() : row(int(Shape::first_row)), column(int(Shape::first_column)), loop(0), padding(false) {}

    void next() {
#pragma HLS INLINE
        const bool pixel = group.last();
        const bool kernel_line = pixel && kernel_column.last();
        const bool window = kernel_line && kernel_row.last();
        const bool line = window && output_column.last();
        const bool frame = line && output_row.last();
        loop = frame ? 5 : line ? 4 : window ? 3 : kernel_line ? 2 : pixel ? 1 : 0;
        padding = row < 0 || row >= Shape::rows || column < 0 || column >= Shape::columns;
        row = row + ap_int<Shape::row_bits>(Shape::RowSteps::of(loop));
        column = column + ap_int<Shape::column_bits>(Shape::ColumnSteps::of(loop));
        group.advance();
        if (pixel) kernel_column.advance();
        if (kernel_line) kernel_row.advance();
        if (window) output_column.advance();
        if (line) output_row.advance();
    }
};

}  // namespace fpgaflow

#endif
