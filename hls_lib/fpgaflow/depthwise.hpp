// Depthwise convolution behind a parallel window: sums of products of each channel's taps with weights of its own.
//
// Why it exists: one step is one pixel and one group of channels of a depthwise convolution. Element t * Lanes + l of a beat
// is tap t of lane l; result l * Outputs + j is the sum of its products with weights (l * Outputs + j) * Taps + t of the
// group's memory word.
// It can't hang: one beat in, one beat out.
// How to call it: once per beat, pipelined with II=1; there is a memory word for each group of channels, read in turn.
#ifndef FPGAFLOW_DEPTHWISE_HPP
#define FPGAFLOW_DEPTHWISE_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/product.hpp"

namespace fpgaflow {

// Weight, Input, Accumulator: formats; the accumulator holds every partial sum. Multiplier: LutMultiplier or
// DspMultiplier. The rest is deduced or as above.
template <class Weight, class Input, class Accumulator, class Multiplier, int Lanes, int Outputs, int Taps, class Chunk,
          int Words, int Chunks>
void depthwise_step(const Chunk (&weights)[Words][Chunks], Counter<Words>& word,
                    hls::stream<ap_uint<Taps * Lanes * Input::width> >& input,
                    hls::stream<ap_uint<Lanes * Outputs * Accumulator::width> >& output) {
#pragma HLS INLINE
    const ap_uint<Taps * Lanes * Input::width> beat = input.read();
    ap_uint<Lanes * Outputs * Accumulator::width> result = 0;
    for (int lane = 0; lane < Lanes; ++lane) {
        ap_uint<Taps * Input::width> taps = 0;
        for (int t = 0; t < Taps; ++t) set_lane<Input::width>(taps, t, get_lane<Input::width>(beat, t * Lanes + lane));
        for (int j = 0; j < Outputs; ++j) {
            const int row = lane * Outputs + j;
            const typename Accumulator::Value sum = dot<typename Accumulator::Value, Taps, Multiplier>(
                Weight(), Input(), weights, word.index(), row * Taps, taps);
            set_lane<Accumulator::width>(result, row, Accumulator::encode(sum));
        }
    }
    output.write(result);
    word.advance();
}

}  // namespace fpgaflow

#endif
