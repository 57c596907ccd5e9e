// Sliding window over the rows and columns of a frame: all taps of the kernel in one beat, for one output pixel and group
// of channels after the other.
//
// Why it exists: a depthwise unit or a pool behind it takes a window a cycle. The input shifts through a line in which each
// tap has its fixed place: one kernel column lies column_delay beats behind the next one, one kernel row row_delay. A
// window is complete when the beat of its newest tap enters; taps outside the frame are replaced by pad_value, so
// whatever lies there in the line does not matter.
// When it hangs: never by itself. Shape::cycles steps read a frame and write all its windows, the last ones while the line
// shifts without input.
// How to call it: Shape::cycles times a frame, pipelined with II=1. A word of a memory is read again as many steps after
// it was written as the memory has words; so short ones must be registers.
#ifndef FPGAFLOW_PARALLEL_WINDOW_HPP
#define FPGAFLOW_PARALLEL_WINDOW_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/parallel_window_place.hpp"
#include "fpgaflow/window.hpp"
#include "fpgaflow/window_pixels.hpp"

namespace fpgaflow {

// Shape: a struct of constants (all int but pad_value) and types:
//   Format, lanes, width       of an input beat: what its lanes are, how many, all bits
//   pad_value                  what taps on the padding read
//   cycles                     see above
//   groups                     beats of a pixel
//   rows, columns              of the line, of which those from lead_row, lead_column on are input_rows, input_columns
//   lag_row, lag_column        with which the first window is complete
//   row_stride, last_row, and the same of columns          of the windows
//   kernel_rows, row_dilation, pad_top, kernel_columns, column_dilation, pad_left
//   first_tap_row, last_tap_row, and the same of columns   that have a place in the line
//   row_delay, column_delay    see above
//   row_word, column_word      bits of a word of the memories; a memory that is not needed has a word, too
//   pixels                     in a beat; rows and columns above count beats, if a pixel is no more than one
//   windows, window_columns, output_width   what leaves together: so many windows of so many columns, their bits
//   first_pixel, window_step, tap_step      of a row of taps: where the first window begins, to the next, from tap to tap
//   interleaved                (bool) kernel column by kernel column of all windows, or window by window
template <class Shape>
struct ParallelWindowState {
    Counter<Shape::cycles> cycle;
    Counter<Shape::groups> group;  // of the coming beat
    Counter<Shape::columns> column;
    Counter<Shape::rows> row;
    Counter<Shape::groups> window_group;  // of the window that it completes
    WindowPlace<Shape::columns, Shape::column_stride, Shape::last_column> window_column;
    WindowPlace<Shape::rows, Shape::row_stride, Shape::last_row> window_row;
    Counter<Shape::row_delay> row_address;
    Counter<Shape::column_delay> column_address;
    bool taken, running, finished;

    ParallelWindowState() : taken(false), running(false), finished(false) {}
};

// Moves `word` into a memory that is a chain of delays of Depth steps each, side by side: block n of the result is block n
// of the word Depth steps ago. The next word is made of an input and the blocks of this result but the last.
template <int Width, int Depth>
ap_uint<Width> delay_word(ap_uint<Width> (&memory)[Depth], Counter<Depth>& address, const ap_uint<Width>& newest,
                          int newest_width) {
#pragma HLS INLINE
    const ap_uint<Width> oldest = memory[address.index()];
    memory[address.index()] = (oldest << newest_width) | newest;
    address.advance();
    return oldest;
}

// The coming beat; without one on the line's padding and behind the frame.
template <class Shape>
ap_uint<Shape::width> parallel_window_receive(ParallelWindowState<Shape>& state,
                                              hls::stream<ap_uint<Shape::width> >& input) {
#pragma HLS INLINE
    const int row = state.row.index() - Shape::lead_row, column = state.column.index() - Shape::lead_column;
    const bool inside = row >= 0 && row < Shape::input_rows && column >= 0 && column < Shape::input_columns;
    ap_uint<Shape::width> beat = 0;
    if (inside && !state.taken) beat = input.read();
    state.running = state.running || (state.group.first() && state.row.index() == Shape::lag_row &&
                                      state.column.index() == Shape::lag_column);
    const bool pixel = state.group.last();
    const bool line = pixel && state.column.last();
    state.taken = state.taken || (line && state.row.last());
    state.group.advance();
    if (pixel) state.column.advance();
    if (line) state.row.advance();
    return beat;
}

// All taps, of the line's columns, each of the line's rows, the newest ones first.
template <class Shape, int LineWidth>
ap_uint<Shape::kernel_rows * Shape::kernel_columns * Shape::width> parallel_window_taps(
    const ParallelWindowState<Shape>& state, const ap_uint<LineWidth>& line) {
#pragma HLS INLINE
    constexpr int line_rows = Shape::last_tap_row - Shape::first_tap_row + 1;
    const ap_uint<Shape::width> padding = window_padding<typename Shape::Format, Shape::lanes>(Shape::pad_value);
    ap_uint<Shape::kernel_rows * Shape::kernel_columns * Shape::width> window = 0;
    for (int i = 0; i < Shape::kernel_rows; ++i) {
#pragma HLS UNROLL
        for (int j = 0; j < Shape::kernel_columns; ++j) {
#pragma HLS UNROLL
            const int row = state.window_row.place() - Shape::pad_top + i * Shape::row_dilation;
            const int column = state.window_column.place() - Shape::pad_left + j * Shape::column_dilation;
            const bool inside = row >= 0 && row < Shape::input_rows && column >= 0 && column < Shape::input_columns;
            const bool built = i >= Shape::first_tap_row && i <= Shape::last_tap_row && j >= Shape::first_tap_column &&
                               j <= Shape::last_tap_column;
            const int place = built ? (Shape::last_tap_column - j) * line_rows + Shape::last_tap_row - i : 0;
            const ap_uint<Shape::width> tap = get_lane<Shape::width>(line, place);
            set_lane<Shape::width>(window, i * Shape::kernel_columns + j, built && inside ? tap : padding);
        }
    }
    return window;
}

template <class Shape>
void parallel_window_step(ParallelWindowState<Shape>& state, ap_uint<Shape::row_word> (&rows)[Shape::row_delay],
                          ap_uint<Shape::column_word> (&columns)[Shape::column_delay],
                          hls::stream<ap_uint<Shape::width> >& input,
                          hls::stream<ap_uint<Shape::output_width> >& output) {
#pragma HLS INLINE
    constexpr int column_width = (Shape::last_tap_row - Shape::first_tap_row + 1) * Shape::width;
    constexpr int line_width = Shape::column_word + column_width;
    const ap_uint<Shape::width> beat = parallel_window_receive(state, input);
    const ap_uint<Shape::row_word> older_rows =
        delay_word(rows, state.row_address, ap_uint<Shape::row_word>(beat), Shape::width);
    const ap_uint<column_width> newest = (ap_uint<Shape::row_word + Shape::width>(older_rows) << Shape::width) | beat;
    const ap_uint<Shape::column_word> older =
        delay_word(columns, state.column_address, ap_uint<Shape::column_word>(newest), column_width);
    const ap_uint<line_width> line = (ap_uint<line_width>(older) << column_width) | newest;

    const bool send = state.running && !state.finished;
    if (send && state.window_row.keep() && state.window_column.keep())
        output.write(window_pixels<Shape>(parallel_window_taps(state, line)));
    const bool pixel = state.window_group.last();
    const bool row = pixel && state.window_column.at_end();
    if (send) {
        state.finished = pixel && state.window_row.at_last_window() && state.window_column.at_last_window();
        state.window_group.advance();
        if (pixel) state.window_column.next();
        if (row) state.window_row.next();
    }
    if (state.cycle.last())
        state = ParallelWindowState<Shape>();
    else
        state.cycle.advance();
}

}  // namespace fpgaflow

#endif
