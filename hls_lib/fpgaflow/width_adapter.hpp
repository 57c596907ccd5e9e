// Changes the number of lanes of a stream.
//
// Why it exists: neighbours may work on different numbers of lanes a cycle. Both directions are shift registers of whole
// beats, so there is no multiplexer over positions. `word` is the shift register; it is written before it is read.
// It can't hang: a frame is a whole number of wide beats.
// How to call it: once per narrow beat, pipelined with II=1.
#ifndef FPGAFLOW_WIDTH_ADAPTER_HPP
#define FPGAFLOW_WIDTH_ADAPTER_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"

namespace fpgaflow {

// Ratio narrow beats make one wide beat; the first lies in the least significant bits. Ratio may be 1.
template <int Ratio, int Narrow>
void widen_step(Counter<Ratio>& position, ap_uint<Ratio * Narrow>& word, hls::stream<ap_uint<Narrow> >& input,
                hls::stream<ap_uint<Ratio * Narrow> >& output) {
#pragma HLS INLINE
    ap_uint<Ratio * Narrow> beat = input.read();  // as wide as the word before it is shifted, so no bit is lost
    word = (word >> Narrow) | (beat << ((Ratio - 1) * Narrow));
    if (position.last()) output.write(word);
    position.advance();
}

// One wide beat is sent as Ratio narrow ones, the least significant first.
template <int Ratio, int Narrow>
void narrow_step(Counter<Ratio>& position, ap_uint<Ratio * Narrow>& word, hls::stream<ap_uint<Ratio * Narrow> >& input,
                 hls::stream<ap_uint<Narrow> >& output) {
#pragma HLS INLINE
    if (position.first()) word = input.read();
    output.write(ap_uint<Narrow>(word));
    word = word >> Narrow;
    position.advance();
}

}  // namespace fpgaflow

#endif
