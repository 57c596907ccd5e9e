// The lanes of a beat: lane 0 in the least significant bits, all of the same width.
//
// Why it exists: the one place that knows where a lane lies in a beat. The index is a constant after unrolling, so this
// is wires only. It can't hang.
#ifndef FPGAFLOW_LANES_HPP
#define FPGAFLOW_LANES_HPP

#include <ap_int.h>

namespace fpgaflow {

// Width: bits of a lane. BeatWidth: bits of the beat (deduced).
template <int Width, int BeatWidth>
ap_uint<Width> get_lane(const ap_uint<BeatWidth>& beat, int index) {
#pragma HLS INLINE
    return beat.range(index * Width + Width - 1, index * Width);
}

template <int Width, int BeatWidth>
void set_lane(ap_uint<BeatWidth>& beat, int index, const ap_uint<Width>& code) {
#pragma HLS INLINE
    beat.range(index * Width + Width - 1, index * Width) = code;
}

}  // namespace fpgaflow

#endif
