// Folded matrix-vector unit: Pe outputs by Simd inputs a cycle, weights from a read-only memory.
//
// Why it exists: one step is one cycle of a dense layer. Order of work: for each group of inputs, for each neuron fold,
// for each synapse fold. The input beats are read during neuron fold 0 and replayed from `buffer` for the others; after
// the last synapse fold of a neuron fold, one output beat of Pe sums leaves.
// It can't hang: per group it reads SynapseFolds beats and writes NeuronFolds beats.
// How to call it: once per memory word and vector, pipelined with II=1. `buffer` and `sums` are written before they are
// read; an element of `buffer` is read SynapseFolds steps after it was written, so the dependence is no obstacle to II=1
// (say so with DEPENDENCE distance). Code p * Simd + i of a group's memory word n * SynapseFolds + s is the
// weight of output n * Pe + p and input s * Simd + i, so the words are read one after the other.
#ifndef FPGAFLOW_DENSE_HPP
#define FPGAFLOW_DENSE_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/counter.hpp"
#include "fpgaflow/packed_product.hpp"
#include "fpgaflow/product.hpp"
#include "fpgaflow/shift_product.hpp"

namespace fpgaflow {

// Weight: the format of the memory's codes. Input, Accumulator: formats; the accumulator holds every partial sum.
// Multiplier: LutMultiplier, a PackedMultiplier or a ShiftMultiplier. Words: SynapseFolds * NeuronFolds for each group. The rest is deduced
// or as above.
template <class Weight, class Input, class Accumulator, class Multiplier, int Simd, int Pe, int SynapseFolds,
          int NeuronFolds, class Chunk, int Words, int Chunks>
void dense_step(const Chunk (&weights)[Words][Chunks], Counter<SynapseFolds>& synapse, Counter<NeuronFolds>& neuron,
                Counter<Words>& word,
                ap_uint<Simd * Input::width> (&buffer)[SynapseFolds], typename Accumulator::Value (&sums)[Pe],
                hls::stream<ap_uint<Simd * Input::width> >& input,
                hls::stream<ap_uint<Pe * Accumulator::width> >& output) {
#pragma HLS INLINE
    ap_uint<Simd * Input::width> beat;
    if (neuron.first()) {
        beat = input.read();
        if (NeuronFolds > 1) buffer[synapse.index()] = beat;
    } else {
        beat = buffer[synapse.index()];
    }
    ap_uint<Pe * Accumulator::width> result = 0;
    if (synapse.first())
        for (int p = 0; p < Pe; ++p) sums[p] = 0;
    add_rows<Simd>(Multiplier(), Weight(), Input(), sums, weights, word.index(), beat);
    for (int p = 0; p < Pe; ++p) set_lane<Accumulator::width>(result, p, Accumulator::encode(sums[p]));
    if (synapse.last()) {
        output.write(result);
        neuron.advance();
    }
    synapse.advance();
    word.advance();
}

}  // namespace fpgaflow

#endif
