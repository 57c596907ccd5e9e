// Weighted sum or product of several streams, element by element: each beat is added to the result, or multiplies it.
//
// Why it exists: residual connections and gates. Results are exact modulo 2**width of the result's format, which holds
// the last one; that they wrap on the way does no harm. A multiplier is a constant, so a power of two is wires.
// It can't hang: no stream. How to call it: join_start, then add_lanes or multiply_lanes for the beat of each input, once
// per beat, pipelined with II=1.
#ifndef FPGAFLOW_JOIN_HPP
#define FPGAFLOW_JOIN_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Output: the result's format. Lanes: elements a beat. All lanes are Start.
template <class Output, long long Start, int Lanes>
ap_uint<Lanes * Output::width> join_start() {
#pragma HLS INLINE
    ap_uint<Lanes * Output::width> result = 0;
    const typename Output::Value start = Start;
    for (int p = 0; p < Lanes; ++p) set_lane<Output::width>(result, p, Output::encode(start));
    return result;
}

// Bits of a signed number that holds `value`.
constexpr int signed_bits(long long value) {
    int bits = 1;
    while (value < -(1LL << (bits - 1)) || value >= 1LL << (bits - 1)) ++bits;
    return bits;
}

// Input: the beat's format.
template <class Input, class Output, long long Multiplier, int Lanes>
void add_lanes(const ap_uint<Lanes * Input::width>& beat, ap_uint<Lanes * Output::width>& result) {
#pragma HLS INLINE
    const ap_int<signed_bits(Multiplier)> multiplier = Multiplier;
    for (int p = 0; p < Lanes; ++p) {
        const typename Output::Value product = Input::decode(get_lane<Input::width>(beat, p)) * multiplier;
        const typename Output::Value sum = Output::decode(get_lane<Output::width>(result, p)) + product;
        set_lane<Output::width>(result, p, Output::encode(sum));
    }
}

template <class Input, class Output, int Lanes>
void multiply_lanes(const ap_uint<Lanes * Input::width>& beat, ap_uint<Lanes * Output::width>& result) {
#pragma HLS INLINE
    for (int p = 0; p < Lanes; ++p) {
        const typename Output::Value product =
            Output::decode(get_lane<Output::width>(result, p)) * Input::decode(get_lane<Input::width>(beat, p));
        set_lane<Output::width>(result, p, Output::encode(product));
    }
}

}  // namespace fpgaflow

#endif
