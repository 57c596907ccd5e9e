// Sums of products of a memory word's weights with a beat's lanes, by the kind of the two formats.
//
// Why it exists: two bipolar operands multiply as an XNOR, and their sum is a population count; one bipolar operand is a
// conditional negation; everything else is a multiplier, in LUTs or in DSP blocks. The right one is chosen by overload,
// so that a unit writes one line. It can't hang: there is no stream here.
#ifndef FPGAFLOW_PRODUCT_HPP
#define FPGAFLOW_PRODUCT_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"

namespace fpgaflow {

// What a product is made of.
struct LutMultiplier {};
struct DspMultiplier {};

// Unsigned or signed by a constant.
template <int Width, bool IsSigned>
struct IntegerType {
    using type = ap_uint<Width>;
};
template <int Width>
struct IntegerType<Width, true> {
    using type = ap_int<Width>;
};

// Weight, Input: formats. Product: a type that holds every product of two values of theirs.
template <class Weight, class Input>
struct Operands {
    using Product = typename IntegerType<Weight::Value::width + Input::Value::width,
                                         Weight::is_signed || Input::is_signed>::type;
};

template <class Weight, class Input>
typename Operands<Weight, Input>::Product multiply(Weight, Input, LutMultiplier, const typename Weight::Code& weight,
                                                   const typename Input::Code& input) {
#pragma HLS INLINE
    typename Operands<Weight, Input>::Product product = Weight::decode(weight) * Input::decode(input);
#pragma HLS BIND_OP variable=product op=mul impl=fabric
    return product;
}

template <class Weight, class Input>
typename Operands<Weight, Input>::Product multiply(Weight, Input, DspMultiplier, const typename Weight::Code& weight,
                                                   const typename Input::Code& input) {
#pragma HLS INLINE
    typename Operands<Weight, Input>::Product product = Weight::decode(weight) * Input::decode(input);
#pragma HLS BIND_OP variable=product op=mul impl=dsp
    return product;
}

template <class Input, class Multiplier>
typename Operands<Bipolar, Input>::Product multiply(Bipolar, Input, Multiplier, const ap_uint<1>& weight,
                                                    const typename Input::Code& input) {
#pragma HLS INLINE
    using Product = typename Operands<Bipolar, Input>::Product;
    const Product value = Input::decode(input);
    return weight[0] ? value : Product(-value);
}

template <class Weight, class Multiplier>
typename Operands<Weight, Bipolar>::Product multiply(Weight, Bipolar, Multiplier, const typename Weight::Code& weight,
                                                     const ap_uint<1>& input) {
#pragma HLS INLINE
    using Product = typename Operands<Weight, Bipolar>::Product;
    const Product value = Weight::decode(weight);
    return input[0] ? value : Product(-value);
}

// sum_s weight[first + s] * beat lane s for s = 0 .. Simd - 1; Sum holds every partial sum.
template <class Sum, int Simd, class Weight, class Input, class Multiplier, class Chunk, int Words, int Chunks>
Sum dot(Weight, Input, Multiplier, const Chunk (&weights)[Words][Chunks], int word, int first,
        const ap_uint<Simd * Input::width>& beat) {
#pragma HLS INLINE
    Sum sum = 0;
    for (int s = 0; s < Simd; ++s)
        sum = sum + multiply(Weight(), Input(), Multiplier(), read_code<Weight::width>(weights, word, first + s),
                             get_lane<Input::width>(beat, s));
    return sum;
}

// Two bipolar operands: equal bits count +1, different ones -1.
template <class Sum, int Simd, class Multiplier, class Chunk, int Words, int Chunks>
Sum dot(Bipolar, Bipolar, Multiplier, const Chunk (&weights)[Words][Chunks], int word, int first,
        const ap_uint<Simd>& beat) {
#pragma HLS INLINE
    ap_uint<bits_for(Simd + 1)> equal = 0;
    for (int s = 0; s < Simd; ++s)
        if (read_code<1>(weights, word, first + s) == get_lane<1>(beat, s)) equal = equal + 1;
    return Sum(2 * equal) - Simd;
}

}  // namespace fpgaflow

#endif
