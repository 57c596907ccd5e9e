// The windows of a beat, from the pixels under all of them.
//
// Why it exists: where several pixels of a row come in a beat, the line behind a window holds them together, and each tap
// is some of them. The indices are constants after unrolling, so this is wires only. It can't hang.
// How to call it: with the taps of a window of the line, each of Shape::pixels pixels.
#ifndef FPGAFLOW_WINDOW_PIXELS_HPP
#define FPGAFLOW_WINDOW_PIXELS_HPP

#include <ap_int.h>

#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Shape: see parallel_window.hpp.
template <class Shape>
ap_uint<Shape::output_width> window_pixels(
    const ap_uint<Shape::kernel_rows * Shape::kernel_columns * Shape::width>& taps) {
#pragma HLS INLINE
    constexpr int pixel = Shape::width / Shape::pixels;
    ap_uint<Shape::output_width> windows = 0;
    for (int w = 0; w < Shape::windows; ++w) {
#pragma HLS UNROLL
        for (int i = 0; i < Shape::kernel_rows; ++i) {
#pragma HLS UNROLL
            for (int j = 0; j < Shape::window_columns; ++j) {
#pragma HLS UNROLL
                const int tap = i * Shape::window_columns + j;
                const int from = i * Shape::kernel_columns * Shape::pixels + Shape::first_pixel +
                                 w * Shape::window_step + j * Shape::tap_step;
                const int to = Shape::interleaved ? tap * Shape::windows + w
                                                  : w * Shape::kernel_rows * Shape::window_columns + tap;
                set_lane<pixel>(windows, to, get_lane<pixel>(taps, from));
            }
        }
    }
    return windows;
}

}  // namespace fpgaflow

#endif
