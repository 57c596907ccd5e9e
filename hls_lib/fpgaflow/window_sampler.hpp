// Counts rows or columns of a frame, and says which of them a kernel of one row or column looks at.
//
// Why it exists: what no window looks at is not stored. It can't hang.
// How to call it: next() once for each element; it starts again behind the last one.
#ifndef FPGAFLOW_WINDOW_SAMPLER_HPP
#define FPGAFLOW_WINDOW_SAMPLER_HPP

#include <ap_int.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// Size: elements. Of them First, First + Stride, First + 2 * Stride, ... are kept; First < Stride.
template <int Size, int First, int Stride>
struct WindowSampler {
    Counter<Size> element;
    ap_uint<bits_for(Stride)> wait;

    WindowSampler() : wait(First) {}
    bool keep() const {
#pragma HLS INLINE
        return wait == 0;
    }
    bool at_end() const {
#pragma HLS INLINE
        return element.last();
    }
    void next() {
#pragma HLS INLINE
        wait = at_end() ? First : keep() ? Stride - 1 : int(wait) - 1;
        element.advance();
    }
};

}  // namespace fpgaflow

#endif
