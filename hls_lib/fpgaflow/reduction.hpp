// What makes one value of two: the larger, or their sum.
//
// Why it exists: pooling units differ in nothing else. It can't hang: there is no stream here.
#ifndef FPGAFLOW_REDUCTION_HPP
#define FPGAFLOW_REDUCTION_HPP

namespace fpgaflow {

struct MaxReduction {
    template <class Value>
    static Value join(const Value& a, const Value& b) {
#pragma HLS INLINE
        return a < b ? b : a;
    }
};

// Modulo the type's range, which is enough if the last sum is within it.
struct SumReduction {
    template <class Value>
    static Value join(const Value& a, const Value& b) {
#pragma HLS INLINE
        return a + b;
    }
};

}  // namespace fpgaflow

#endif
