// Copies of a matrix unit side by side: several whole vectors in, all their results out, every cycle.
//
// Why it exists: layers that must take more than one window a cycle. All copies have the same weights, a single word.
// It can't hang: one beat in, one beat out. How to call it: once per beat, pipelined with II=1.
#ifndef FPGAFLOW_COPIES_HPP
#define FPGAFLOW_COPIES_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/dense.hpp"
#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Count: copies, each of Pe outputs and Simd inputs. The rest: see dense.hpp.
template <class Weight, class Input, class Accumulator, class Multiplier, int Simd, int Pe, int Count, class Chunk,
          int Chunks>
void copies_step(const Chunk (&weights)[1][Chunks], hls::stream<ap_uint<Count * Simd * Input::width> >& input,
                 hls::stream<ap_uint<Count * Pe * Accumulator::width> >& output) {
#pragma HLS INLINE
    const ap_uint<Count * Simd * Input::width> beat = input.read();
    ap_uint<Count * Pe * Accumulator::width> results = 0;
    for (int copy = 0; copy < Count; ++copy) {
#pragma HLS UNROLL
        typename Accumulator::Value sums[Pe];
#pragma HLS ARRAY_PARTITION variable=sums complete
        for (int p = 0; p < Pe; ++p) sums[p] = 0;
        const ap_uint<Simd * Input::width> vector = get_lane<Simd * Input::width>(beat, copy);
        add_rows<Simd>(Multiplier(), Weight(), Input(), sums, weights, 0, vector);
        for (int p = 0; p < Pe; ++p)
            set_lane<Accumulator::width>(results, copy * Pe + p, Accumulator::encode(sums[p]));
    }
    output.write(results);
}

}  // namespace fpgaflow

#endif
