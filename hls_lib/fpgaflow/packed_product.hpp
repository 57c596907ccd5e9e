// Products of one input with the weights of several rows from a single multiplication, in one DSP block.
//
// Why it exists: a DSP's factors are wider than most weights. The weights of `Rows` rows are the digits of one factor,
// Spacing bits apart; their products lie as far apart in the result. Digit r is stored as the weight, less one if the
// digits below make a negative number; so the factor is wiring. For the same reason field r of the result is product r,
// less one if the products below make a negative number, which the sum makes good. A product may have one bit more than
// Spacing: that bit meets the lowest bit of the next product, an AND, and is told from it. It can't hang: there is no
// stream here.
#ifndef FPGAFLOW_PACKED_PRODUCT_HPP
#define FPGAFLOW_PACKED_PRODUCT_HPP

#include <ap_int.h>

#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"
#include "fpgaflow/product.hpp"

namespace fpgaflow {

// ProductWidth: bits of a product, and of the smallest less one if there are negative ones.
template <int Rows, int Spacing, int ProductWidth>
struct PackedMultiplier {
    // sums[first + r] += weight r * input for all of the Pe rows among r = 0 .. Rows - 1. Weight: the format of digits;
    // a sum holds every partial sum.
    template <class Weight, class Input, class Sum, int Pe>
    static void add(Sum (&sums)[Pe], int first, const typename Weight::Code (&digits)[Rows],
                    const typename Input::Code& input) {
#pragma HLS INLINE
        constexpr bool is_signed = Weight::is_signed || Input::is_signed;
        constexpr bool overlap = Rows > 1 && ProductWidth > Spacing;
        constexpr int top = (Rows - 1) * Spacing;
        constexpr int factor_width = top + Weight::width + (Weight::is_signed ? 0 : 1);
        ap_int<factor_width> factor = 0;
        bool odd[Rows + 1] = {};  // the lowest bit of each product
        bool below = false;       // the digits below make a negative number
        for (int r = 0; r < Rows; ++r) {
            // above the last row the weights are zero
            const ap_int<factor_width> digit = first + r < Pe ? int(Weight::decode(digits[r])) : below ? -1 : 0;
            odd[r] = digit[0] != below && input[0];
            below = digit < 0;
            factor.range(r == Rows - 1 ? factor_width - 1 : (r + 1) * Spacing - 1, r * Spacing) =
                digit.range(r == Rows - 1 ? factor_width - 1 - top : Spacing - 1, 0);
        }
        const ap_int<top + ProductWidth + 1> result =
            DspMultiplier::multiply<ap_int<top + ProductWidth + 1> >(factor, Input::decode(input));
        below = false;  // the products below make a negative number
        for (int r = 0; r < Rows; ++r) {
            ap_uint<ProductWidth> code = result.range(r * Spacing + ProductWidth - 1, r * Spacing);
            if (overlap && r < Rows - 1) code[ProductWidth - 1] = code[ProductWidth - 1] != odd[r + 1];
            const typename IntegerType<ProductWidth, is_signed>::type field = code;
            if (first + r < Pe) sums[first + r] = sums[first + r] + field + (below ? 1 : 0);
            below = is_signed && code[ProductWidth - 1];
        }
    }
};

// Adds to each of the Pe sums its row of weights times the lanes of a beat.
template <int Simd, class Weight, class Input, class Sum, int Pe, class Chunk, int Words, int Chunks, int BeatWidth,
          int Rows, int Spacing, int ProductWidth>
void add_rows(PackedMultiplier<Rows, Spacing, ProductWidth>, Weight, Input, Sum (&sums)[Pe],
              const Chunk (&weights)[Words][Chunks], int word, const ap_uint<BeatWidth>& beat) {
#pragma HLS INLINE
    constexpr int dsps = (Pe + Rows - 1) / Rows;
    for (int dsp = 0; dsp < dsps; ++dsp)
        for (int s = 0; s < Simd; ++s) {
            typename Weight::Code digits[Rows];
            for (int r = 0; r < Rows; ++r)
                if (dsp * Rows + r < Pe) digits[r] = read_code<Weight::width>(weights, word, (dsp * Rows + r) * Simd + s);
            PackedMultiplier<Rows, Spacing, ProductWidth>::template add<Weight, Input>(
                sums, dsp * Rows, digits, get_lane<Input::width>(beat, s));
        }
}

}  // namespace fpgaflow

#endif
