// Beats of blocks in another order: some several times, some not at all, with padding between.
//
// Why it exists: upsampling, depth to space, a transpose, a crop or a border of padding move whole beats. A circle of
// Shape::words beats holds what comes before its turn. `written` counts the beats written behind the start of the block
// that is read, `ahead` those of them that can be read by now; both are negative while beats of a block that has left are
// still to come.
// When it hangs: never by itself. Shape::cycles steps are enough to read a frame and to write its beats; it reads what it
// has room for, and writes what it has, whatever the other side does.
// How to call it: Shape::cycles times a frame, pipelined with II=1. A beat is read from `buffer` Shape::read_delay steps
// after it was written at the earliest, so the dependence is no obstacle to II=1 (say so with DEPENDENCE distance).
#ifndef FPGAFLOW_REORDER_HPP
#define FPGAFLOW_REORDER_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/memory.hpp"
#include "fpgaflow/window.hpp"

namespace fpgaflow {

// Shape: a struct of constants (all int but pad_value) and types:
//   Format, lanes, width, pad_value    of a beat: what its lanes are, how many, all bits, the padding
//   input_beats, output_beats, blocks  of a block, and how many make a frame
//   words, limit, read_delay, cycles   of the buffer; how many beats may be in; see above
//   beat_bits, ahead_bits              of an input beat's number, of `written` and `ahead`
template <class Shape>
struct ReorderState {
    Counter<Shape::cycles> cycle;
    Counter<Shape::input_beats> input_beat;
    Counter<Shape::blocks> input_block;
    Counter<Shape::output_beats> output_beat;
    Counter<Shape::blocks> output_block;
    Counter<Shape::words> write_address;
    ap_uint<bits_for(Shape::words)> start;  // where the block that is read begins
    ap_int<Shape::ahead_bits> written, ahead;
    ap_uint<Shape::read_delay - 1> recent;  // the latest steps, bit 0 the last one: whether a beat was written
    bool received, sent;

    ReorderState() : start(0), written(0), ahead(0), recent(0), received(false), sent(false) {}
};

// True if a beat was written into the buffer.
template <class Shape>
bool reorder_receive(ReorderState<Shape>& state, ap_uint<Shape::width> (&buffer)[Shape::words],
                     hls::stream<ap_uint<Shape::width> >& input) {
#pragma HLS INLINE
    if (state.received || state.written == int(Shape::limit)) return false;
    buffer[state.write_address.index()] = input.read();
    state.write_address.advance();
    const bool block = state.input_beat.last();
    state.received = block && state.input_block.last();
    state.input_beat.advance();
    if (block) state.input_block.advance();
    return true;
}

// Word n of `order`: the input beat that output beat n of a block is, above it a bit for padding.
template <class Shape, class Chunk, int Words, int Chunks>
void reorder_step(ReorderState<Shape>& state, ap_uint<Shape::width> (&buffer)[Shape::words],
                  const Chunk (&order)[Words][Chunks], hls::stream<ap_uint<Shape::width> >& input,
                  hls::stream<ap_uint<Shape::width> >& output) {
#pragma HLS INLINE
    using Address = ap_uint<bits_for(Shape::words)>;
    const ap_uint<Shape::beat_bits + 1> word = read_code<Shape::beat_bits + 1>(order, state.output_beat.index(), 0);
    const int beat = static_cast<int>(ap_uint<Shape::beat_bits>(word));
    const bool padding = word[Shape::beat_bits];
    const bool waits = !padding || state.output_beat.first();
    const bool send = !state.sent && (!waits || beat < static_cast<int>(state.ahead));
    const bool block = send && state.output_beat.last();
    if (send) {
        const int place = static_cast<int>(state.start) + beat;
        const ap_uint<Shape::width> filling = window_padding<typename Shape::Format, Shape::lanes>(Shape::pad_value);
        const ap_uint<Shape::width> stored = buffer[place >= Shape::words ? place - Shape::words : place];
        output.write(padding ? filling : stored);
        state.output_beat.advance();
    }
    if (block) {
        const int next = static_cast<int>(state.start) + Shape::input_beats % Shape::words;
        state.start = Address(next >= Shape::words ? next - Shape::words : next);
        state.sent = state.output_block.last();
        state.output_block.advance();
    }
    const bool stored = reorder_receive(state, buffer, input);
    const bool readable = state.recent[Shape::read_delay - 2];
    const int freed = block ? Shape::input_beats : 0;
    state.written = state.written + int(stored) - freed;
    state.ahead = state.ahead + int(readable) - freed;
    state.recent = (state.recent << 1) | ap_uint<Shape::read_delay - 1>(stored);
    if (state.cycle.last())
        state = ReorderState<Shape>();
    else
        state.cycle.advance();
}

}  // namespace fpgaflow

#endif
