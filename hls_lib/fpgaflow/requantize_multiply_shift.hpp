// Requantization by a multiplication: clip((x * multiplier[channel] + bias[channel]) >> RightShift, Low, High).
//
// Why it exists: any scale, one product a lane, of a DSP block, LUTs or shifts; the shift rounds down, rounding to nearest is
// in the bias.
// It can't hang: one beat in, one beat out. How to call it: once per beat, pipelined with II=1.
#ifndef FPGAFLOW_REQUANTIZE_MULTIPLY_SHIFT_HPP
#define FPGAFLOW_REQUANTIZE_MULTIPLY_SHIFT_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/clip.hpp"
#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"
#include "fpgaflow/product.hpp"
#include "fpgaflow/shift_product.hpp"

namespace fpgaflow {

// Input, Scale, Bias, Sum, Output: formats; Sum holds x * multiplier + bias. Multiplier: DspMultiplier, LutMultiplier, or a
// ShiftMultiplier, whose codes Scale then has. Lanes: elements a beat.
template <class Input, class Multiplier, class Scale, class Bias, class Sum, class Output, int Lanes, int RightShift,
          long long Low, long long High, class ScaleChunk, class BiasChunk, int Folds, int ScaleChunks, int BiasChunks>
void requantize_multiply_shift_step(const ScaleChunk (&multiplier)[Folds][ScaleChunks],
                                    const BiasChunk (&bias)[Folds][BiasChunks], Counter<Folds>& fold,
                                    hls::stream<ap_uint<Lanes * Input::width> >& input,
                                    hls::stream<ap_uint<Lanes * Output::width> >& output) {
#pragma HLS INLINE
    using Value = typename Sum::Value;
    const ap_uint<Lanes * Input::width> beat = input.read();
    ap_uint<Lanes * Output::width> result = 0;
    for (int p = 0; p < Lanes; ++p) {
        const typename Input::Value x = Input::decode(get_lane<Input::width>(beat, p));
        const typename Scale::Value m = Scale::decode(read_code<Scale::width>(multiplier, fold.index(), p));
        const Value b = Bias::decode(read_code<Bias::width>(bias, fold.index(), p));
        const Value sum = Multiplier::template multiply<Value>(m, x) + b;
        set_lane<Output::width>(result, p, Output::encode(clip<Output, Low, High>(Value(sum >> RightShift))));
    }
    output.write(result);
    fold.advance();
}

}  // namespace fpgaflow

#endif
