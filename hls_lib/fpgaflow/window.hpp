// Sliding window over the rows and columns of a frame: the beats under the kernel, for one output pixel after the other.
//
// Why it exists: a dense unit behind it makes a convolution. The line buffer is a circle of Shape::words beats; a frame's
// beats are positions on it. `ahead` counts the beats written behind the coming tap (-1: the tap's own is the next to be
// read), `room` those that may still be written before the window's first tap moves on (-1: none).
// When it hangs: never by itself. Shape::cycles steps are enough to read a frame and to write all its windows; it reads
// what it has room for, and writes what it has, whatever the other side does.
// How to call it: Shape::cycles times a frame, pipelined with II=1. A beat is read from `buffer` Shape::read_delay steps
// after it was written at the earliest, so the dependence is no obstacle to II=1 (say so with DEPENDENCE distance).
#ifndef FPGAFLOW_WINDOW_HPP
#define FPGAFLOW_WINDOW_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/window_sampler.hpp"
#include "fpgaflow/window_taps.hpp"

namespace fpgaflow {

// Shape: a struct of constants (all int but pad_value) and types:
//   Format, lanes, width       of a beat: what its lanes are, how many, all bits
//   pad_value                  what taps on the padding read
//   cycles, words, read_delay  see above
//   input_rows, first_input_row, row_stride, and the same of columns: what of the input is stored
//   rows, columns, groups      of the stored frame; a pixel has `groups` beats
//   kernel_rows, kernel_columns, output_rows, output_columns
//   first_row, first_column, row_bits, column_bits    of the first tap; of every tap's row and column
//   first_ahead, ahead_bits, first_room, room_bits, first_address    when a frame begins
//   PositionSteps, AddressSteps, BaseSteps, RowSteps, ColumnSteps    Steps: of a tap, of the window's first tap
template <class Shape>
struct WindowState {
    Counter<Shape::cycles> cycle;
    // writer
    Counter<Shape::groups> input_group;
    WindowSampler<Shape::input_columns, Shape::first_input_column, Shape::column_stride> input_column;
    WindowSampler<Shape::input_rows, Shape::first_input_row, Shape::row_stride> input_row;
    Counter<Shape::words> write_address;
    ap_int<Shape::room_bits> room;
    bool received;
    // reader
    WindowTaps<Shape> taps;
    ap_uint<bits_for(Shape::words)> read_address;
    ap_int<Shape::ahead_bits> ahead;
    ap_uint<Shape::read_delay - 1> recent;  // the latest steps, bit 0 the last one: whether a beat was written
    bool started, sent;

    WindowState()
        : room(int(Shape::first_room)),
          received(false),
          read_address(int(Shape::first_address)),
          ahead(int(Shape::first_ahead)),
          recent(0),
          started(false),
          sent(false) {}
};

// A beat whose lanes all are `value`.
template <class Format, int Lanes>
ap_uint<Lanes * Format::width> window_padding(long long value) {
#pragma HLS INLINE
    ap_uint<Lanes * Format::width> beat = 0;
    for (int lane = 0; lane < Lanes; ++lane) set_lane<Format::width>(beat, lane, Format::encode(value));
    return beat;
}

// True if a beat was written into the buffer.
template <class Shape>
bool window_receive(WindowState<Shape>& state, ap_uint<Shape::width> (&buffer)[Shape::words],
                    hls::stream<ap_uint<Shape::width> >& input) {
#pragma HLS INLINE
    const bool keep = state.input_row.keep() && state.input_column.keep();
    if (state.received || (keep && state.room < 0)) return false;
    const ap_uint<Shape::width> beat = input.read();
    if (keep) {
        buffer[state.write_address.index()] = beat;
        state.write_address.advance();
    }
    const bool pixel = state.input_group.last();
    const bool line = pixel && state.input_column.at_end();
    state.received = line && state.input_row.at_end();
    state.input_group.advance();
    if (pixel) state.input_column.next();
    if (line) state.input_row.next();
    return keep;
}

template <class Shape>
void window_step(WindowState<Shape>& state, ap_uint<Shape::width> (&buffer)[Shape::words],
                 hls::stream<ap_uint<Shape::width> >& input, hls::stream<ap_uint<Shape::width> >& output) {
#pragma HLS INLINE
    using Address = ap_uint<bits_for(Shape::words)>;
    const bool padding = state.taps.padding;
    const bool send = state.started && !state.sent && (padding || state.ahead >= 0);
    const int loop = state.taps.loop;
    if (send) {
        const ap_uint<Shape::width> filling = window_padding<typename Shape::Format, Shape::lanes>(Shape::pad_value);
        const ap_uint<Shape::width> stored = buffer[static_cast<int>(state.read_address)];
        output.write(padding ? filling : stored);
        const int next = int(state.read_address) + Shape::AddressSteps::of(loop);
        state.read_address = Address(next >= Shape::words ? next - Shape::words : next);
        state.sent = loop == 5;
    }
    const bool stored = window_receive(state, buffer, input);
    const bool readable = state.recent[Shape::read_delay - 2];
    state.ahead = state.ahead + int(readable) - (send ? Shape::PositionSteps::of(loop) : 0);
    state.room = state.room - int(stored) + (send ? Shape::BaseSteps::of(loop) : 0);
    state.recent = (state.recent << 1) | ap_uint<Shape::read_delay - 1>(stored);
    if (send || !state.started) state.taps.next();
    state.started = true;
    if (state.cycle.last())
        state = WindowState<Shape>();
    else
        state.cycle.advance();
}

}  // namespace fpgaflow

#endif
