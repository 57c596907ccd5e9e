// From the AXI4-Stream port to the first stream: checks the frame, strips the padding of TDATA.
//
// Why it exists: TLAST in the wrong place must never shift the frames that follow. A frame ends with TLAST, always. The
// input is cut in chunks of at most Beats beats, one per call of the top function:
//   TLAST on beat Beats     a whole frame
//   TLAST earlier           padded with zero codes to a whole frame, flagged
//   no TLAST                the frame goes on in the next chunk; this chunk and all up to the one with TLAST are flagged
// Each chunk gives one frame to the stages and one flag to axis_out.
// When it hangs: if `flags` holds more frames than are in flight between here and axis_out, it waits for axis_out;
// that is no deadlock, as the frames in flight can still leave.
// How to call it: once per beat of the frame (Beats times), pipelined with II=1; state starts as Counter(), false, and
// `open` is a static that reset sets to false.
#ifndef FPGAFLOW_AXIS_IN_HPP
#define FPGAFLOW_AXIS_IN_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// Beats: beats a frame. Width: bits of a beat (deduced). Packet: ap_axiu, TDATA being Width rounded up to bytes (deduced).
template <int Beats, int Width, class Packet>
void axis_in_step(Counter<Beats>& position, bool& ended, bool& open, hls::stream<Packet>& port,
                  hls::stream<ap_uint<Width> >& output, hls::stream<ap_uint<1> >& flags) {
#pragma HLS INLINE
    const bool early = ended;
    ap_uint<Width> beat = 0;
    if (!early) {
        const Packet packet = port.read();
        beat = packet.data.range(Width - 1, 0);
        ended = packet.last == 1;
    }
    output.write(beat);
    if (position.last()) {
        flags.write(early || open || !ended ? ap_uint<1>(1) : ap_uint<1>(0));
        open = !ended;
        ended = false;
    }
    position.advance();
}

}  // namespace fpgaflow

#endif
