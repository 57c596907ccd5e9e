// Requantization by comparators: Base + Step * sum_i((x >= threshold[channel][i]) != decreasing[channel]).
//
// Why it exists: any monotone function of few levels, without arithmetic; all thresholds of a channel at once.
// It can't hang: one beat in, one beat out. How to call it: once per beat, pipelined with II=1.
#ifndef FPGAFLOW_REQUANTIZE_COMPARATORS_HPP
#define FPGAFLOW_REQUANTIZE_COMPARATORS_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/lanes.hpp"
#include "fpgaflow/memory.hpp"

namespace fpgaflow {

// Input, Threshold, Output: formats. Lanes: elements a beat. Levels: thresholds a channel. The other numbers as above.
template <class Input, class Threshold, class Output, int Lanes, int Levels, long long Base, int Step, class Chunk,
          class FlagChunk, int Folds, int Chunks, int FlagChunks>
void requantize_comparators_step(const Chunk (&thresholds)[Folds][Chunks],
                                 const FlagChunk (&decreasing)[Folds][FlagChunks], Counter<Folds>& fold,
                                 hls::stream<ap_uint<Lanes * Input::width> >& input,
                                 hls::stream<ap_uint<Lanes * Output::width> >& output) {
#pragma HLS INLINE
    const ap_uint<Lanes * Input::width> beat = input.read();
    ap_uint<Lanes * Output::width> result = 0;
    for (int p = 0; p < Lanes; ++p) {
        const typename Input::Value x = Input::decode(get_lane<Input::width>(beat, p));
        const bool falls = read_code<1>(decreasing, fold.index(), p) == 1;
        ap_uint<bits_for(Levels + 1)> count = 0;
        for (int i = 0; i < Levels; ++i) {
            const ap_uint<Threshold::width> code = read_code<Threshold::width>(thresholds, fold.index(), p * Levels + i);
            if ((x >= Threshold::decode(code)) != falls) count = count + 1;
        }
        const typename Output::Value scaled = count * Step;  // may wrap: modulo 2**width, and the result fits
        set_lane<Output::width>(result, p, Output::encode(scaled + typename Output::Value(Base)));
    }
    output.write(result);
    fold.advance();
}

}  // namespace fpgaflow

#endif
