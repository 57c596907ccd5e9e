// Number formats as types: what a lane of a stream means.
//
// Why it exists: a stream carries bits; the same bits are an unsigned number, a two's complement number or one of
// -1, +1. Units take a format as a template parameter and use its members only:
//   width   bits of a code (what lies in the stream)
//   Code    ap_uint<width>, the code
//   Value   the integer type that holds every value of the format
//   decode(code) -> value, encode(value) -> code   (encode: the value must be one of the format's)
// It can't hang: wires only.
#ifndef FPGAFLOW_FORMAT_HPP
#define FPGAFLOW_FORMAT_HPP

#include <ap_int.h>

namespace fpgaflow {

template <int Width>
struct Unsigned {
    static constexpr int width = Width;
    static constexpr bool is_signed = false;
    using Code = ap_uint<Width>;
    using Value = ap_uint<Width>;

    static Value decode(const Code& code) {
#pragma HLS INLINE
        return code;
    }
    static Code encode(const Value& value) {
#pragma HLS INLINE
        return value;
    }
};

template <int Width>
struct Signed {
    static constexpr int width = Width;
    static constexpr bool is_signed = true;
    using Code = ap_uint<Width>;
    using Value = ap_int<Width>;

    static Value decode(const Code& code) {
#pragma HLS INLINE
        return code;
    }
    static Code encode(const Value& value) {
#pragma HLS INLINE
        return value;
    }
};

// -1 is stored as 0, +1 as 1.
struct Bipolar {
    static constexpr int width = 1;
    static constexpr bool is_signed = true;
    using Code = ap_uint<1>;
    using Value = ap_int<2>;

    static Value decode(const Code& code) {
#pragma HLS INLINE
        return code[0] ? Value(1) : Value(-1);
    }
    static Code encode(const Value& value) {
#pragma HLS INLINE
        return value > 0 ? Code(1) : Code(0);
    }
};

// Bits needed to count 0 .. count - 1, at least one.
constexpr int bits_for(long long count) {
    int bits = 1;
    while ((1LL << bits) < count) ++bits;
    return bits;
}

}  // namespace fpgaflow

#endif
