// Reads "W I sign Q O raw" lines from the file that is its argument (the input is raw / 2**16) and prints the stored integer after the cast, one a line.
#include <ap_fixed.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

using Input = ap_fixed<48, 32>;

template <class Output>
long long cast(const Input& input) {
    const Output output = input;
    return static_cast<long long>(typename Output::Stored(output.range(Output::width - 1, 0)));
}

template <int W, int I, ap_q_mode Q, ap_o_mode O>
struct Signed : ap_fixed<W, I, Q, O> {
    using Stored = ap_int<W>;
    Signed(const Input& input) : ap_fixed<W, I, Q, O>(input) {}
};

template <int W, int I, ap_q_mode Q, ap_o_mode O>
struct Unsigned : ap_ufixed<W, I, Q, O> {
    using Stored = ap_uint<W>;
    Unsigned(const Input& input) : ap_ufixed<W, I, Q, O>(input) {}
};

template <int W, int I, ap_q_mode Q, ap_o_mode O>
bool try_format(int w, int i, const std::string& sign, const Input& input, long long& result) {
    if (w != W || i != I) return false;
    result = sign == "S" ? cast<Signed<W, I, Q, O>>(input) : cast<Unsigned<W, I, Q, O>>(input);
    return true;
}

template <ap_q_mode Q, ap_o_mode O>
bool try_formats(int w, int i, const std::string& sign, const Input& input, long long& result) {
    return try_format<8, 4, Q, O>(w, i, sign, input, result) || try_format<8, 0, Q, O>(w, i, sign, input, result) ||
           try_format<8, -2, Q, O>(w, i, sign, input, result) || try_format<6, 8, Q, O>(w, i, sign, input, result) ||
           try_format<6, 3, Q, O>(w, i, sign, input, result) || try_format<4, 4, Q, O>(w, i, sign, input, result) ||
           try_format<4, 2, Q, O>(w, i, sign, input, result) || try_format<2, 1, Q, O>(w, i, sign, input, result) ||
           try_format<12, 4, Q, O>(w, i, sign, input, result);
}

#define OVERFLOW_MODE(Q, O) \
    if (overflow == #O) return try_formats<Q, O>(w, i, sign, input, result);
#define ROUNDING_MODE(Q)             \
    if (rounding == #Q) {            \
        OVERFLOW_MODE(Q, AP_SAT)     \
        OVERFLOW_MODE(Q, AP_SAT_ZERO) \
        OVERFLOW_MODE(Q, AP_SAT_SYM) \
        OVERFLOW_MODE(Q, AP_WRAP)    \
        OVERFLOW_MODE(Q, AP_WRAP_SM) \
    }

bool run(int w, int i, const std::string& sign, const std::string& rounding, const std::string& overflow,
         const Input& input, long long& result) {
    ROUNDING_MODE(AP_RND)
    ROUNDING_MODE(AP_RND_ZERO)
    ROUNDING_MODE(AP_RND_MIN_INF)
    ROUNDING_MODE(AP_RND_INF)
    ROUNDING_MODE(AP_RND_CONV)
    ROUNDING_MODE(AP_TRN)
    ROUNDING_MODE(AP_TRN_ZERO)
    return false;
}

int main(int, char** argv) {
    std::ifstream file(argv[1]);
    int w = 0, i = 0;
    long long raw = 0;
    std::string sign, rounding, overflow;
    while (file >> w >> i >> sign >> rounding >> overflow >> raw) {
        Input input;
        input.range(47, 0) = ap_int<48>(raw);
        long long result = 0;
        if (!run(w, i, sign, rounding, overflow, input, result)) return 1;
        std::cout << result << "\n";
    }
    return 0;
}
