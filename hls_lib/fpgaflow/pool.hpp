// Pooling behind a parallel window: the largest or the sum of a beat's taps, lane by lane.
//
// Why it exists: one step is one pixel and one group of channels of a pool. Element t * Lanes + l of a beat is tap t of
// lane l. The taps are joined in pairs, then the pairs, so that the path is as short as that of an adder tree.
// It can't hang: one beat in, one beat out.
// How to call it: once per beat, pipelined with II=1.
#ifndef FPGAFLOW_POOL_HPP
#define FPGAFLOW_POOL_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/reduction.hpp"

namespace fpgaflow {

// All of `values` joined; they are overwritten. After level i the values at multiples of 2**(i + 1) hold those up to the next.
template <class Reduction, class Value, int Count>
Value reduce(Value (&values)[Count]) {
#pragma HLS INLINE
    constexpr int Levels = bits_for(Count);
    for (int level = 0; level < Levels; ++level)
        for (int i = 0; i < Count; ++i) {
            const int other = i + (1 << level);
            if (i % (2 << level) == 0 && other < Count) values[i] = Reduction::join(values[i], values[other]);
        }
    return values[0];
}

// Reduction: MaxReduction or SumReduction. Input, Output: formats; the output's holds every result.
template <class Reduction, class Input, class Output, int Taps, int Lanes>
void pool_step(hls::stream<ap_uint<Taps * Lanes * Input::width> >& input,
               hls::stream<ap_uint<Lanes * Output::width> >& output) {
#pragma HLS INLINE
    using Value = typename Output::Value;
    const ap_uint<Taps * Lanes * Input::width> beat = input.read();
    ap_uint<Lanes * Output::width> result = 0;
    for (int lane = 0; lane < Lanes; ++lane) {
        Value taps[Taps];
#pragma HLS ARRAY_PARTITION variable=taps complete
        for (int t = 0; t < Taps; ++t) taps[t] = Input::decode(get_lane<Input::width>(beat, t * Lanes + lane));
        set_lane<Output::width>(result, lane, Output::encode(reduce<Reduction>(taps)));
    }
    output.write(result);
}

}  // namespace fpgaflow

#endif
