// Saturation between two constants.
//
// Why it exists: a layer's range need not be its format's (narrow quantizers, folded Relu). It can't hang: no stream.
#ifndef FPGAFLOW_CLIP_HPP
#define FPGAFLOW_CLIP_HPP

#include <ap_int.h>

namespace fpgaflow {

// Output: a format that has every value of Low .. High.
template <class Output, long long Low, long long High, class Value>
typename Output::Value clip(const Value& value) {
#pragma HLS INLINE
    if (value < Low) return Low;
    if (value > High) return High;
    return value;
}

}  // namespace fpgaflow

#endif
