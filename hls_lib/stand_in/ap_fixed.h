// Stand-in for the vendor's ap_fixed.h: fixed-point values of at most 64 bits and the casts between them.
//
// Why it exists: C++ simulation without Vitis HLS. How to call it: assign one ap_[u]fixed to another; the cast rounds
// (Q), then handles overflow (O), as the target's type says. range() gives the stored integer. There is no arithmetic:
// fpgaflow computes with integers and uses fixed point only to round and saturate.
#ifndef FPGAFLOW_STAND_IN_AP_FIXED_H
#define FPGAFLOW_STAND_IN_AP_FIXED_H

#include <ap_int.h>

enum ap_q_mode { AP_RND, AP_RND_ZERO, AP_RND_MIN_INF, AP_RND_INF, AP_RND_CONV, AP_TRN, AP_TRN_ZERO };
enum ap_o_mode { AP_SAT, AP_SAT_ZERO, AP_SAT_SYM, AP_WRAP, AP_WRAP_SM };

namespace stand_in {

// Whether floor(value / 2**shift) must be increased by one; rest is what floor left, half is 2**(shift - 1).
inline bool rounds_up(ap_q_mode mode, int128 floor, int128 rest, int128 half, bool negative) {
    const bool above = rest > half, tie = rest == half;
    switch (mode) {
        case AP_RND: return above || tie;
        case AP_RND_ZERO: return above || (tie && negative);
        case AP_RND_MIN_INF: return above;
        case AP_RND_INF: return above || (tie && !negative);
        case AP_RND_CONV: return above || (tie && (floor & 1) != 0);
        case AP_TRN_ZERO: return negative && rest != 0;
        case AP_TRN: break;
    }
    return false;
}

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O>
struct Fixed {
    static constexpr int width = W, iwidth = I, frac = W - I;
    Integer<W, S> stored;

    Fixed() = default;
    template <int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2>
    Fixed(const Fixed<W2, I2, S2, Q2, O2>& value) {
        constexpr int shift = (W2 - I2) - (W - I);
        static_assert(W2 - shift <= 120, "the stand-in's casts add at most 120 - W2 fraction bits");
        const int128 raw = value.stored.storage.raw;
        if (shift <= 0) {
            keep(raw * (int128(1) << (shift < 0 ? -shift : 0)), 0);
        } else {
            constexpr int drop = smaller(larger(shift, 1), 100);  // beyond 100 bits nothing changes any more
            const int128 floor = raw >> drop, half = int128(1) << (drop - 1);
            const bool up = rounds_up(Q, floor, raw - floor * half * 2, half, raw < 0);
            keep(floor, up);
        }
    }

    Range<Integer<W, S>> range(int high, int low) { return stored.range(high, low); }
    Range<const Integer<W, S>> range(int high, int low) const { return stored.range(high, low); }

  private:
    void keep(int128 floor, bool up) {
        constexpr int128 one = 1;
        const int128 value = floor + up;
        const int128 high = (one << (W - S)) - 1;
        const int128 low = !S ? 0 : O == AP_SAT_SYM ? -high : -high - 1;
        const bool outside = value > high || value < low;
        if (outside && (O == AP_SAT || O == AP_SAT_SYM)) {
            stored = static_cast<std::int64_t>(value > high ? high : low);
        } else if (outside && O == AP_SAT_ZERO) {
            stored = 0;
        } else {
            stored = static_cast<std::int64_t>(value);
            if (outside && O == AP_WRAP_SM && S) wrap_sign_magnitude(((floor >> W) & 1) != 0);
        }
    }

    // The lowest bit lost (of the value before rounding) becomes the sign; the other bits are inverted if it differs.
    void wrap_sign_magnitude(bool deleted) {
        if (stored[W - 1] == deleted) return;
        for (int bit = 0; bit < W - 1; ++bit) stored[bit] = !stored[bit];
        stored[W - 1] = deleted;
    }
};

}  // namespace stand_in

template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP>
struct ap_fixed : stand_in::Fixed<W, I, true, Q, O> {
    ap_fixed() = default;
    template <class Value>
    ap_fixed(const Value& value) : stand_in::Fixed<W, I, true, Q, O>(value) {}
};

template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP>
struct ap_ufixed : stand_in::Fixed<W, I, false, Q, O> {
    ap_ufixed() = default;
    template <class Value>
    ap_ufixed(const Value& value) : stand_in::Fixed<W, I, false, Q, O>(value) {}
};

#endif
