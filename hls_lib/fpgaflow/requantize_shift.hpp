// Requantization by a shift: clip(round(((x << LeftShift) + bias[channel]) / 2**RightShift), Low, High).
//
// Why it exists: power-of-two scales need no multiplier. The rounding is the vendor's own, by one cast between two
// fixed-point types that differ in fraction bits only; so it happens once.
// It can't hang: one beat in, one beat out. How to call it: once per beat, pipelined with II=1.
#ifndef FPGAFLOW_REQUANTIZE_SHIFT_HPP
#define FPGAFLOW_REQUANTIZE_SHIFT_HPP

#include <ap_fixed.h>
#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/clip.hpp"
#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"

namespace fpgaflow {

// The integer behind a format as a fixed-point number with Frac fraction bits.
template <class Format, int Frac, ap_q_mode Mode>
struct FixedType {
    using type = ap_ufixed<Format::width, Format::width - Frac, Mode, AP_WRAP>;
};
template <int Width, int Frac, ap_q_mode Mode>
struct FixedType<Signed<Width>, Frac, Mode> {
    using type = ap_fixed<Width, Width - Frac, Mode, AP_WRAP>;
};

// value / 2**Shift rounded to an integer; Sum (Unsigned or Signed) holds value and one rounding carry, so does the result.
template <class Sum, int Shift, ap_q_mode Mode>
typename Sum::Value round_shift(const typename Sum::Value& value) {
#pragma HLS INLINE
    typename FixedType<Sum, Shift, Mode>::type exact;
    exact.range(Sum::width - 1, 0) = value;
    const typename FixedType<Sum, 0, Mode>::type rounded = exact;
    const typename Sum::Code bits = rounded.range(Sum::width - 1, 0);
    return Sum::decode(bits);
}

// Input, Sum, Bias, Output: formats; Sum holds ((x << LeftShift) + bias) and one rounding carry. Lanes: elements a beat.
template <class Input, class Sum, class Bias, class Output, int Lanes, int LeftShift, int RightShift, ap_q_mode Mode,
          long long Low, long long High, class Chunk, int Folds, int Chunks>
void requantize_shift_step(const Chunk (&bias)[Folds][Chunks], Counter<Folds>& fold,
                           hls::stream<ap_uint<Lanes * Input::width> >& input,
                           hls::stream<ap_uint<Lanes * Output::width> >& output) {
#pragma HLS INLINE
    using Value = typename Sum::Value;
    const ap_uint<Lanes * Input::width> beat = input.read();
    ap_uint<Lanes * Output::width> result = 0;
    for (int p = 0; p < Lanes; ++p) {
        const Value x = Input::decode(get_lane<Input::width>(beat, p));  // the sum's width before it is shifted
        const Value b = Bias::decode(read_code<Bias::width>(bias, fold.index(), p));
        const Value sum = Value(x << LeftShift) + b;
        const Value rounded = round_shift<Sum, RightShift, Mode>(sum);
        set_lane<Output::width>(result, p, Output::encode(clip<Output, Low, High>(rounded)));
    }
    output.write(result);
    fold.advance();
}

}  // namespace fpgaflow

#endif
