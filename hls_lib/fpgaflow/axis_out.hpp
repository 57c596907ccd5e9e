// From the last stream to the AXI4-Stream port: pads TDATA to bytes, makes TLAST, and there puts the frame's flag into TUSER.
//
// Why it exists: see axis_in.hpp; from TUSER in the beat with TLAST, 0 in all others, the reader of the output learns that
// the frame's input was malformed.
// When it hangs: a frame's last beat waits for the flag, which axis_in writes behind the last beat of the input. Stages whose
// output does not depend on the end of the input must take that end while the last output beat waits.
// How to call it: once per beat of the frame (Beats times), pipelined with II=1; state starts as Counter().
#ifndef FPGAFLOW_AXIS_OUT_HPP
#define FPGAFLOW_AXIS_OUT_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// Beats: beats a frame. Width: bits of a beat (deduced). Packet: ap_axiu with one bit of TUSER, TDATA being Width rounded
// up to bytes (deduced).
template <int Beats, int Width, class Packet>
void axis_out_step(Counter<Beats>& position, hls::stream<ap_uint<Width> >& input, hls::stream<ap_uint<1> >& flags,
                   hls::stream<Packet>& port) {
#pragma HLS INLINE
    Packet packet;
    packet.data = input.read();
    packet.keep = -1;
    packet.strb = -1;
    packet.user = 0;
    if (position.last()) packet.user = flags.read();
    packet.last = position.last() ? ap_uint<1>(1) : ap_uint<1>(0);
    port.write(packet);
    position.advance();
}

}  // namespace fpgaflow

#endif
