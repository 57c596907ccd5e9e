// From the last stream to the AXI4-Stream port: pads TDATA to bytes, makes TLAST, puts the frame's flag into TUSER.
//
// Why it exists: see axis_in.hpp; the reader of the output learns from TUSER that the frame's input was malformed.
// When it hangs: it waits for the frame's flag before its first beat, and axis_in writes the flag with the frame's last
// beat. A chain of stages whose first output beat leaves before its last input beat has entered must therefore have
// FIFOs that hold the frame's output beats up to then.
// How to call it: once per beat of the frame (Beats times), pipelined with II=1; state starts as Counter(), 0.
#ifndef FPGAFLOW_AXIS_OUT_HPP
#define FPGAFLOW_AXIS_OUT_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// Beats: beats a frame. Width: bits of a beat (deduced). Packet: ap_axiu with one bit of TUSER, TDATA being Width rounded
// up to bytes (deduced).
template <int Beats, int Width, class Packet>
void axis_out_step(Counter<Beats>& position, ap_uint<1>& flag, hls::stream<ap_uint<Width> >& input,
                   hls::stream<ap_uint<1> >& flags, hls::stream<Packet>& port) {
#pragma HLS INLINE
    if (position.first()) flag = flags.read();
    Packet packet;
    packet.data = input.read();
    packet.keep = -1;
    packet.strb = -1;
    packet.user = flag;
    packet.last = position.last() ? ap_uint<1>(1) : ap_uint<1>(0);
    port.write(packet);
    position.advance();
}

}  // namespace fpgaflow

#endif
