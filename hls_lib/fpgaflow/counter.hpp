// A counter 0 .. Count - 1 that wraps.
//
// Why it exists: positions within a frame without division. Every process leaves its counters at 0 when a frame ends,
// so starting them at 0 before the loop and letting a rewound loop run on mean the same. It can't hang.
#ifndef FPGAFLOW_COUNTER_HPP
#define FPGAFLOW_COUNTER_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"

namespace fpgaflow {

template <int Count>
struct Counter {
    ap_uint<bits_for(Count)> value;

    Counter() : value(0) {}
    bool first() const {
#pragma HLS INLINE
        return value == 0;
    }
    bool last() const {
#pragma HLS INLINE
        return value == Count - 1;
    }
    int index() const {
#pragma HLS INLINE
        return value;
    }
    void advance() {
#pragma HLS INLINE
        value = last() ? ap_uint<bits_for(Count)>(0) : ap_uint<bits_for(Count)>(value + 1);
    }
};

}  // namespace fpgaflow

#endif
