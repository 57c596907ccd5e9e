// Products of inputs with weights of few signed digits, as sums of shifted inputs: no multiplication, no DSP block.
//
// Why it exists: a weight that is stored as its digits, each 0 or a power of two with a sign, needs but a choice of shifts
// for each. A digit has, from its least significant bit, an index `fine`, an index `coarse`, and a sign; it is 0 if `fine`
// is, else it shifts by byte 0 + byte `fine` + byte 4 + `coarse` of its word of `Shifts`. It can't hang: there is no
// stream here.
#ifndef FPGAFLOW_SHIFT_PRODUCT_HPP
#define FPGAFLOW_SHIFT_PRODUCT_HPP

#include <ap_int.h>

#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"
#include "fpgaflow/product.hpp"

namespace fpgaflow {

// Byte `index` of a word.
constexpr int byte_of(unsigned long long word, int index) { return int((word >> (8 * index)) & 255); }

// FineBits, CoarseBits: of the indices. Shifts: a word for each digit of a weight, the first in the lowest bits of its code.
template <int FineBits, int CoarseBits, unsigned long long... Shifts>
struct ShiftMultiplier {
    static constexpr int digit_width = FineBits + CoarseBits + 1;
    static constexpr int digits = sizeof...(Shifts);

    // The product of a weight, by its code, and an input, modulo 2**(bits of Sum).
    template <class Sum, class Value>
    static Sum multiply(const ap_uint<digits * digit_width>& code, const Value& input) {
#pragma HLS INLINE
        constexpr unsigned long long shifts[] = {Shifts...};
        constexpr int count = digits;
        constexpr int fines = (1 << FineBits) - 1;
        constexpr int coarses = 1 << CoarseBits;
        Sum product = 0;
        for (int d = 0; d < count; ++d) {
            const int digit = get_lane<digit_width>(code, d);
            const int fine = digit & fines;
            const int coarse = (digit >> FineBits) & (coarses - 1);
            const bool negative = digit >> (digit_width - 1) != 0;
            Sum near = 0;
            for (int i = 0; i < fines; ++i)
                if (fine == i + 1) near = Sum(input) << (byte_of(shifts[d], 0) + byte_of(shifts[d], i + 1));
            Sum far = near;
            for (int i = 0; i < coarses; ++i)
                if (coarse == i) far = near << byte_of(shifts[d], 4 + i);
            product = negative ? Sum(product - far) : Sum(product + far);
        }
        return product;
    }
};

// Adds to each of the Pe sums its row of weights times the lanes of a beat.
template <int Simd, class Weight, class Input, class Sum, int Pe, class Chunk, int Words, int Chunks, int BeatWidth,
          int FineBits, int CoarseBits, unsigned long long... Shifts>
void add_rows(ShiftMultiplier<FineBits, CoarseBits, Shifts...>, Weight, Input, Sum (&sums)[Pe],
              const Chunk (&weights)[Words][Chunks], int word, const ap_uint<BeatWidth>& beat) {
#pragma HLS INLINE
    for (int p = 0; p < Pe; ++p)
        for (int s = 0; s < Simd; ++s)
            sums[p] = sums[p] + ShiftMultiplier<FineBits, CoarseBits, Shifts...>::template multiply<Sum>(
                                    read_code<Weight::width>(weights, word, p * Simd + s),
                                    Input::decode(get_lane<Input::width>(beat, s)));
}

}  // namespace fpgaflow

#endif
