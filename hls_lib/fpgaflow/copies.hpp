// What stands around copies of a process: beats in parts, and parts in beats.
//
// Why it exists: copies side by side each have streams of their own. It can't hang by itself.
// How to call it: both once a beat, pipelined with II=1, in processes of their own in front of the copies and behind them.
#ifndef FPGAFLOW_COPIES_HPP
#define FPGAFLOW_COPIES_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Width: bits of a part. Count: parts of a beat.
template <int Width, int Count>
void split_step(hls::stream<ap_uint<Width * Count> >& input, hls::stream<ap_uint<Width> > (&parts)[Count]) {
#pragma HLS INLINE
    const ap_uint<Width* Count> beat = input.read();
    for (int part = 0; part < Count; ++part) {
#pragma HLS UNROLL
        parts[part].write(get_lane<Width>(beat, part));
    }
}

template <int Width, int Count>
void join_step(hls::stream<ap_uint<Width> > (&parts)[Count], hls::stream<ap_uint<Width * Count> >& output) {
#pragma HLS INLINE
    ap_uint<Width * Count> beat = 0;
    for (int part = 0; part < Count; ++part) {
#pragma HLS UNROLL
        set_lane<Width>(beat, part, parts[part].read());
    }
    output.write(beat);
}

}  // namespace fpgaflow

#endif
