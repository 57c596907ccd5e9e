// Prints what ap_int, ap_uint and ap_[u]fixed make of many values; the stand-in and the vendor's headers must agree.
#include <ap_fixed.h>
#include <ap_int.h>

#include <cstdint>
#include <iostream>

static std::uint64_t state = 88172645463325252ULL;

static std::uint64_t random_bits() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

template <class Integer>
void show(const Integer& value) {
    for (int low = 0; low < Integer::width; low += 32) {
        const int high = low + 31 < Integer::width ? low + 31 : Integer::width - 1;
        std::cout << std::uint64_t(ap_uint<32>(value.range(high, low))) << " ";
    }
    std::cout << "\n";
}

template <class Integer>
Integer random_integer() {
    Integer value = 0;
    for (int low = 0; low < Integer::width; low += 32) {
        const int high = low + 31 < Integer::width ? low + 31 : Integer::width - 1;
        value.range(high, low) = ap_uint<32>(random_bits() >> 32);
    }
    return value;
}

// Widths are shown by widening the results, which shows the sign as well.
template <class A, class B>
void arithmetic() {
    for (int i = 0; i < 20; ++i) {
        const A a = random_integer<A>();
        const B b = random_integer<B>();
        show(ap_int<90>(a + b));
        show(ap_int<90>(a - b));
        show(ap_int<90>(a * b));
        show(ap_int<90>(-a));
        show(ap_int<90>(a | b));
        show(ap_int<90>(a & b));
        show(ap_int<90>(a ^ b));
        show(ap_int<90>(a + 5));
        show(ap_int<90>(a * -3));
        show(A(b));
        show(ap_int<90>(A(a + b)));
        std::cout << (a < b) << (a <= b) << (a > b) << (a >= b) << (a == b) << (a != b) << (a == A(b)) << (a < -3)
                  << (a > 7) << (a == 0) << bool(a[0]) << "\n";
        std::cout << static_cast<long long>(a) << " " << static_cast<long long>(b) << "\n";
        for (int shift = 0; shift <= A::width + 1; ++shift) {
            show(A(a << shift));
            show(A(a >> shift));
        }
    }
}

template <class A, class B>
void containers() {
    for (int i = 0; i < 20; ++i) {
        const A a = random_integer<A>();
        const B b = random_integer<B>();
        show(A(b));
        show(B(a));
        show(A(A(b) | a));
        const int low = static_cast<int>(random_bits() % B::width);
        const int high = low + static_cast<int>(random_bits() % (B::width - low));
        B c = b;
        c.range(high, low) = a.range(high - low < A::width ? high - low : A::width - 1, 0);
        show(c);
        show(A(b.range(high, low)));
        c[low] = 1;
        c[high] = 0;
        show(c);
        for (int shift : {0, 1, 31, 63, 64, 65, 100, 129, 1000}) {
            show(A(a << shift));
            show(A(a >> shift));
        }
    }
    A minus = -1;
    show(minus);
    minus = 5;
    show(minus);
}

template <class From, class To>
void casts() {
    for (int i = 0; i < 50; ++i) {
        From from;
        from.range(From::width - 1, 0) = random_integer<ap_uint<From::width> >();
        const To to = from;
        show(ap_uint<To::width>(to.range(To::width - 1, 0)));
    }
}

template <ap_q_mode Q, ap_o_mode O>
void all_casts() {
    casts<ap_fixed<17, 9>, ap_fixed<8, 5, Q, O> >();
    casts<ap_fixed<17, 9>, ap_ufixed<8, 5, Q, O> >();
    casts<ap_ufixed<10, 3>, ap_fixed<6, 3, Q, O> >();
    casts<ap_fixed<6, -5>, ap_fixed<7, 2, Q, O> >();   // shifts by more bits than there are
    casts<ap_fixed<6, 4>, ap_fixed<20, 9, Q, O> >();   // more fraction bits than before
    casts<ap_fixed<62, 30>, ap_fixed<62, 62, Q, O> >();
}

int main() {
    arithmetic<ap_int<5>, ap_int<9> >();
    arithmetic<ap_uint<5>, ap_int<9> >();
    arithmetic<ap_uint<12>, ap_uint<7> >();
    arithmetic<ap_int<1>, ap_uint<1> >();
    arithmetic<ap_int<31>, ap_uint<29> >();
    containers<ap_uint<65>, ap_uint<200> >();
    containers<ap_uint<128>, ap_uint<30> >();
    containers<ap_int<100>, ap_uint<64> >();
    containers<ap_uint<7>, ap_uint<191> >();
    containers<ap_int<70>, ap_int<40> >();
    all_casts<AP_RND, AP_SAT>();
    all_casts<AP_RND_ZERO, AP_SAT_SYM>();
    all_casts<AP_RND_MIN_INF, AP_SAT_ZERO>();
    all_casts<AP_RND_INF, AP_WRAP>();
    all_casts<AP_RND_CONV, AP_WRAP>();
    all_casts<AP_TRN, AP_SAT_SYM>();
    all_casts<AP_TRN_ZERO, AP_SAT>();
    return 0;
}
