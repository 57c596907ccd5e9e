// Pooling over whole frames: the largest or the sum of all pixels, channel by channel.
//
// Why it exists: one step joins a beat with its channels' word of `accumulators`; what the beats of the last pixel make are
// the results, so the next frame follows without a bubble and needs no second memory. The first pixel's beats overwrite.
// It can't hang: a frame is Pixels * Groups beats in, Groups beats out.
// How to call it: once per input beat, pipelined with II=1. A word is read Groups steps after it was written (say so with
// DEPENDENCE distance); few words are best in registers, which need less time than that.
#ifndef FPGAFLOW_GLOBAL_POOL_HPP
#define FPGAFLOW_GLOBAL_POOL_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/reduction.hpp"

namespace fpgaflow {

// Reduction: MaxReduction or SumReduction. Input, Output: formats; the output's holds every result.
template <class Reduction, class Input, class Output, int Lanes, int Groups, int Pixels>
void global_pool_step(Counter<Groups>& group, Counter<Pixels>& pixel,
                      ap_uint<Lanes * Output::width> (&accumulators)[Groups],
                      hls::stream<ap_uint<Lanes * Input::width> >& input,
                      hls::stream<ap_uint<Lanes * Output::width> >& output) {
#pragma HLS INLINE
    using Value = typename Output::Value;
    const ap_uint<Lanes * Input::width> beat = input.read();
    const ap_uint<Lanes * Output::width> before = accumulators[group.index()];
    ap_uint<Lanes * Output::width> after = 0;
    for (int lane = 0; lane < Lanes; ++lane) {
        const Value value = Input::decode(get_lane<Input::width>(beat, lane));
        const Value stored = Output::decode(get_lane<Output::width>(before, lane));
        const Value joined = pixel.first() ? value : Reduction::join(stored, value);
        set_lane<Output::width>(after, lane, Output::encode(joined));
    }
    accumulators[group.index()] = after;
    if (pixel.last()) output.write(after);
    if (group.last()) pixel.advance();
    group.advance();
}

}  // namespace fpgaflow

#endif
