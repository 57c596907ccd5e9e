// Where a window lies on one axis of a frame.
//
// Why it exists: windows stand at every Stride-th position up to Last; the line goes through all Size of them. It can't
// hang.
// How to call it: next() once for each position; it starts again behind the last one.
#ifndef FPGAFLOW_PARALLEL_WINDOW_PLACE_HPP
#define FPGAFLOW_PARALLEL_WINDOW_PLACE_HPP

#include <ap_int.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

template <int Size, int Stride, int Last>
struct WindowPlace {
    Counter<Size> position;
    Counter<Stride> beyond;  // the latest multiple of Stride

    int place() const {
#pragma HLS INLINE
        return position.index();
    }
    bool keep() const {
#pragma HLS INLINE
        return beyond.first() && position.index() <= Last;
    }
    bool at_last_window() const {
#pragma HLS INLINE
        return position.index() == Last;
    }
    bool at_end() const {
#pragma HLS INLINE
        return position.last();
    }
    void next() {
#pragma HLS INLINE
        if (at_end())
            beyond = Counter<Stride>();
        else
            beyond.advance();
        position.advance();
    }
};

}  // namespace fpgaflow

#endif
