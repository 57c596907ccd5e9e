// Stand-in for the vendor's ap_int.h: C++ simulation of the generated code with nothing but a compiler.
//
// Why it exists: the vendor's header comes with Vitis HLS; simulating a design should not need Vitis HLS.
// How to call it: put this folder on the include path *instead of* the vendor's; never synthesize with it.
// What it covers: values and result widths of ap_int<W> and ap_uint<W> as the vendor defines them. Arithmetic works
// up to 64 bits (a compile error beyond); wider integers are bit containers with range(), [], |, << and >>.
#ifndef FPGAFLOW_STAND_IN_AP_INT_H
#define FPGAFLOW_STAND_IN_AP_INT_H

#include <cstdint>
#include <type_traits>

namespace stand_in {

__extension__ typedef __int128 int128;

constexpr int larger(int a, int b) { return a > b ? a : b; }
constexpr int smaller(int a, int b) { return a < b ? a : b; }
constexpr std::uint64_t mask(int bits) { return bits >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1; }

// The bits of an integer of at most 64 bits, kept sign- or zero-extended in one machine word.
template <int W, bool S, bool Wide = (W > 64)>
struct Storage {
    using Raw = typename std::conditional<S, std::int64_t, std::uint64_t>::type;
    Raw raw = 0;

    static Raw extend(std::uint64_t bits) {
        constexpr int spare = 64 - W;
        return static_cast<Raw>(bits << spare) >> spare;
    }
    std::uint64_t bits(int low, int count) const { return (static_cast<std::uint64_t>(raw) >> low) & mask(count); }
    void set_bits(int low, int count, std::uint64_t value) {
        const std::uint64_t field = mask(count) << low;
        raw = extend((static_cast<std::uint64_t>(raw) & ~field) | ((value << low) & field));
    }
    // 64 bits from bit 64 * index on, sign- or zero-extended beyond the width.
    std::uint64_t extended(int index) const {
        return index == 0 ? static_cast<std::uint64_t>(raw) : (S && (raw >> (W - 1)) != 0 ? ~std::uint64_t(0) : 0);
    }
    void set_word(int index, std::uint64_t value) {
        if (index == 0) raw = extend(value);
    }
};

// The bits of a wider integer: 64-bit words, the first the least significant, zero beyond the width.
template <int W, bool S>
struct Storage<W, S, true> {
    static constexpr int count = (W + 63) / 64;
    std::uint64_t words[count] = {};

    std::uint64_t bits(int low, int width) const {
        const int word = low / 64, offset = low % 64;
        std::uint64_t value = words[word] >> offset;
        if (offset + width > 64) value |= words[word + 1] << (64 - offset);
        return value & mask(width);
    }
    void set_bits(int low, int width, std::uint64_t value) {
        const int word = low / 64, offset = low % 64;
        value &= mask(width);
        words[word] = (words[word] & ~(mask(width) << offset)) | (value << offset);
        if (offset + width > 64) {
            const int done = 64 - offset;
            words[word + 1] = (words[word + 1] & ~mask(width - done)) | (value >> done);
        }
    }
    std::uint64_t extended(int index) const {
        constexpr int top_bits = W - 64 * (count - 1);
        const bool negative = S && (words[count - 1] >> (top_bits - 1)) != 0;
        if (index >= count) return negative ? ~std::uint64_t(0) : 0;
        return words[index] | (negative && index == count - 1 ? ~mask(top_bits) : 0);
    }
    void set_word(int index, std::uint64_t value) {
        if (index < count) words[index] = value & mask(W - 64 * index);
    }
};

template <int W, bool S>
struct Integer;
template <int W, bool S>
Integer<W, S> as_integer(const Integer<W, S>& value) {
    return value;
}
template <class T, typename std::enable_if<std::is_integral<T>::value, int>::type = 0>
Integer<std::is_same<T, bool>::value ? 1 : 8 * int(sizeof(T)), std::is_signed<T>::value> as_integer(T value) {
    return value;
}

// Bits high..low of an integer: readable as a value, assignable.
template <class Target>
struct Range {
    Target& target;
    int high, low;

    Range(Target& integer, int high_bit, int low_bit) : target(integer), high(high_bit), low(low_bit) {}
    Range(const Range&) = default;

    int width() const { return high - low + 1; }
    std::uint64_t bits(int from, int count) const {
        return from >= width() ? 0 : target.storage.bits(low + from, smaller(count, width() - from));
    }
    operator unsigned long long() const { return bits(0, 64); }
    template <class Source>
    void assign(const Source& word_of) {
        for (int from = 0; from < width(); from += 64)
            target.storage.set_bits(low + from, smaller(64, width() - from), word_of(from / 64));
    }
    template <class Other>
    Range& operator=(const Range<Other>& value) {
        assign([&](int index) { return value.bits(64 * index, 64); });
        return *this;
    }
    Range& operator=(const Range& value) { return operator= <Target>(value); }
    template <class Value>
    Range& operator=(const Value& value) {
        const auto whole = as_integer(value);
        assign([&](int index) { return whole.storage.extended(index); });
        return *this;
    }
};

template <int W, bool S>
struct Integer {
    static_assert(W >= 1, "an integer has at least one bit");
    static constexpr int width = W;
    Storage<W, S> storage;

    Integer() = default;
    template <class T, typename std::enable_if<std::is_integral<T>::value, int>::type = 0>
    Integer(T value) {
        const auto low = static_cast<std::uint64_t>(value);
        const std::uint64_t fill = std::is_signed<T>::value && value < T(0) ? ~std::uint64_t(0) : 0;
        for (int index = 0; index < (W + 63) / 64; ++index) storage.set_word(index, index == 0 ? low : fill);
    }
    template <int W2, bool S2>
    Integer(const Integer<W2, S2>& value) {
        for (int index = 0; index < (W + 63) / 64; ++index) storage.set_word(index, value.storage.extended(index));
    }
    template <class Other>
    Integer(const Range<Other>& value) {
        for (int index = 0; index < (W + 63) / 64; ++index) storage.set_word(index, value.bits(64 * index, 64));
    }

    Range<Integer> range(int high, int low) { return {*this, high, low}; }
    Range<const Integer> range(int high, int low) const { return {*this, high, low}; }
    Range<Integer> operator[](int bit) { return range(bit, bit); }
    bool operator[](int bit) const { return storage.bits(bit, 1) != 0; }

    operator typename Storage<W, S, false>::Raw() const {
        static_assert(W <= 64, "an integer of more than 64 bits has no built-in value");
        return storage.raw;
    }
    Integer<W + 1, true> operator-() const { return Integer<W + 1, true>(0 - static_cast<std::uint64_t>(storage.raw)); }

    // As the vendor's: the type stays, so bits that leave it are lost; shifts by the width or more leave 0 (or -1).
    Integer operator<<(int shift) const {
        Integer result(0);
        if (shift < W) result.range(W - 1, shift) = Range<const Integer>{*this, W - 1 - shift, 0};
        return result;
    }
    Integer operator>>(int shift) const {
        const std::uint64_t sign = storage.extended((W + 63) / 64);
        Integer result(static_cast<std::int64_t>(sign));
        if (shift < W) result.range(W - 1 - shift, 0) = Range<const Integer>{*this, W - 1, shift};
        return result;
    }
};

// The width that holds an operand when the result is signed or not.
constexpr int grown(int width, bool is_signed, bool other_signed) { return width + (!is_signed && other_signed); }
constexpr int common(int w1, bool s1, int w2, bool s2) { return larger(grown(w1, s1, s2), grown(w2, s2, s1)); }

#define FPGAFLOW_ARITHMETIC(OP, WIDTH, SIGN)                                                                       \
    template <int W1, bool S1, int W2, bool S2>                                                                   \
    Integer<(WIDTH), (SIGN)> operator OP(const Integer<W1, S1>& a, const Integer<W2, S2>& b) {                    \
        static_assert((WIDTH) <= 64, "the stand-in computes with at most 64 bits");                               \
        return static_cast<std::uint64_t>(a.storage.raw) OP static_cast<std::uint64_t>(b.storage.raw);            \
    }
FPGAFLOW_ARITHMETIC(+, common(W1, S1, W2, S2) + 1, S1 || S2)
FPGAFLOW_ARITHMETIC(-, common(W1, S1, W2, S2) + 1, true)
FPGAFLOW_ARITHMETIC(*, W1 + W2, S1 || S2)
FPGAFLOW_ARITHMETIC(&, common(W1, S1, W2, S2), S1 || S2)
FPGAFLOW_ARITHMETIC(^, common(W1, S1, W2, S2), S1 || S2)
#undef FPGAFLOW_ARITHMETIC

template <int W1, bool S1, int W2, bool S2>
Integer<common(W1, S1, W2, S2), S1 || S2> operator|(const Integer<W1, S1>& a, const Integer<W2, S2>& b) {
    constexpr int width = common(W1, S1, W2, S2);
    Integer<width, S1 || S2> result;
    for (int index = 0; index < (width + 63) / 64; ++index)
        result.storage.set_word(index, a.storage.extended(index) | b.storage.extended(index));
    return result;
}

template <int W1, bool S1, int W2, bool S2>
struct Compared {
    static constexpr bool narrow = W1 + !S1 <= 64 && W2 + !S2 <= 64;
    using type = typename std::conditional<narrow, std::int64_t, int128>::type;
};

#define FPGAFLOW_COMPARISON(OP)                                                                                    \
    template <int W1, bool S1, int W2, bool S2>                                                                   \
    bool operator OP(const Integer<W1, S1>& a, const Integer<W2, S2>& b) {                                        \
        static_assert(W1 <= 64 && W2 <= 64, "the stand-in compares at most 64 bits");                             \
        using Common = typename Compared<W1, S1, W2, S2>::type;                                                   \
        return static_cast<Common>(a.storage.raw) OP static_cast<Common>(b.storage.raw);                          \
    }
FPGAFLOW_COMPARISON(==)
FPGAFLOW_COMPARISON(!=)
FPGAFLOW_COMPARISON(<)
FPGAFLOW_COMPARISON(<=)
FPGAFLOW_COMPARISON(>)
FPGAFLOW_COMPARISON(>=)
#undef FPGAFLOW_COMPARISON

// A built-in operand takes part as the integer of its own width.
#define FPGAFLOW_WITH_BUILT_IN(OP)                                                                                 \
    template <int W, bool S, class T, typename std::enable_if<std::is_integral<T>::value, int>::type = 0>         \
    auto operator OP(const Integer<W, S>& a, T b)->decltype(a OP as_integer(b)) { return a OP as_integer(b); }    \
    template <int W, bool S, class T, typename std::enable_if<std::is_integral<T>::value, int>::type = 0>         \
    auto operator OP(T a, const Integer<W, S>& b)->decltype(as_integer(a) OP b) { return as_integer(a) OP b; }
FPGAFLOW_WITH_BUILT_IN(+)
FPGAFLOW_WITH_BUILT_IN(-)
FPGAFLOW_WITH_BUILT_IN(*)
FPGAFLOW_WITH_BUILT_IN(&)
FPGAFLOW_WITH_BUILT_IN(|)
FPGAFLOW_WITH_BUILT_IN(^)
FPGAFLOW_WITH_BUILT_IN(==)
FPGAFLOW_WITH_BUILT_IN(!=)
FPGAFLOW_WITH_BUILT_IN(<)
FPGAFLOW_WITH_BUILT_IN(<=)
FPGAFLOW_WITH_BUILT_IN(>)
FPGAFLOW_WITH_BUILT_IN(>=)
#undef FPGAFLOW_WITH_BUILT_IN

}  // namespace stand_in

template <int W>
struct ap_int : stand_in::Integer<W, true> {
    ap_int() = default;
    template <class Value>
    ap_int(const Value& value) : stand_in::Integer<W, true>(value) {}
};

template <int W>
struct ap_uint : stand_in::Integer<W, false> {
    ap_uint() = default;
    template <class Value>
    ap_uint(const Value& value) : stand_in::Integer<W, false>(value) {}
};

#endif
