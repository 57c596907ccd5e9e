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

// What a product of two numbers is made of.
struct LutMultiplier {
    template <class Product, class A, class B>
    static Product multiply(const A& a, const B& b) {
#pragma HLS INLINE
        Product product = a * b;
#pragma HLS BIND_OP variable=product op=mul impl=fabric
        return product;
    }
};

struct DspMultiplier {
    template <class Product, class A, class B>
    static Product multiply(const A& a, const B& b) {
#pragma HLS INLINE
        Product product = a * b;
#pragma HLS BIND_OP variable=product op=mul impl=dsp
        return product;
    }
};

// The product of a weight and an input, by their codes.
template <class Multiplier, class Weight, class Input>
typename Operands<Weight, Input>::Product product(Weight, Input, const typename Weight::Code& weight,
                                                  const typename Input::Code& input) {
#pragma HLS INLINE
    using Product = typename Operands<Weight, Input>::Product;
    return Multiplier::template multiply<Product>(Weight::decode(weight), Input::decode(input));
}

template <class Multiplier, class Input>
typename Operands<Bipolar, Input>::Product product(Bipolar, Input, const ap_uint<1>& weight,
                                                   const typename Input::Code& input) {
#pragma HLS INLINE
    using Product = typename Operands<Bipolar, Input>::Product;
    const Product value = Input::decode(input);
    return weight[0] ? value : Product(-value);
}

template <class Multiplier, class Weight>
typename Operands<Weight, Bipolar>::Product product(Weight, Bipolar, const typename Weight::Code& weight,
                                                    const ap_uint<1>& input) {
#pragma HLS INLINE
    using Product = typename Operands<Weight, Bipolar>::Product;
    const Product value = Weight::decode(weight);
    return input[0] ? value : Product(-value);
}

// sum_s weight[first + s] * beat lane s for s = 0 .. Simd - 1; Sum holds every partial sum.
template <class Sum, int Simd, class Multiplier, class Weight, class Input, class Chunk, int Words, int Chunks,
          int BeatWidth>
Sum dot(Weight, Input, const Chunk (&weights)[Words][Chunks], int word, int first, const ap_uint<BeatWidth>& beat) {
#pragma HLS INLINE
    Sum sum = 0;
    for (int s = 0; s < Simd; ++s)
        sum = sum + product<Multiplier>(Weight(), Input(), read_code<Weight::width>(weights, word, first + s),
                                        get_lane<Input::width>(beat, s));
    return sum;
}

// Two bipolar operands: equal bits count +1, different ones -1.
template <class Sum, int Simd, class Multiplier, class Chunk, int Words, int Chunks, int BeatWidth>
Sum dot(Bipolar, Bipolar, const Chunk (&weights)[Words][Chunks], int word, int first, const ap_uint<BeatWidth>& beat) {
#pragma HLS INLINE
    ap_uint<bits_for(Simd + 1)> equal = 0;
    for (int s = 0; s < Simd; ++s)
        if (read_code<1>(weights, word, first + s) == get_lane<1>(beat, s)) equal = equal + 1;
    return Sum(2 * equal) - Simd;
}

// Adds to each of the Pe sums its row of weights times the lanes of a beat.
template <int Simd, class Weight, class Input, class Sum, int Pe, class Chunk, int Words, int Chunks, int BeatWidth>
void add_rows(LutMultiplier, Weight, Input, Sum (&sums)[Pe], const Chunk (&weights)[Words][Chunks], int word,
              const ap_uint<BeatWidth>& beat) {
#pragma HLS INLINE
    for (int p = 0; p < Pe; ++p)
        sums[p] = sums[p] + dot<Sum, Simd, LutMultiplier>(Weight(), Input(), weights, word, p * Simd, beat);
}

}  // namespace fpgaflow

#endif
