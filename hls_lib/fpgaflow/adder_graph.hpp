// Fully unrolled constant matrix: a whole vector in, a whole vector out, every cycle.
//
// Why it exists: small layers at one vector a cycle. The weights are constants, so that synthesis turns each product
// into shifts and adders, and zeros into nothing; no product may take a DSP block.
// It can't hang: one beat in, one beat out. How to call it: once per vector, pipelined with II=1; partition the matrix
// completely, so that its elements are constants after unrolling.
#ifndef FPGAFLOW_ADDER_GRAPH_HPP
#define FPGAFLOW_ADDER_GRAPH_HPP

#include <ap_int.h>
#include <hls_stream.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Input, Accumulator: formats; the accumulator holds every output. Weight: a built-in integer type.
template <class Input, class Accumulator, class Weight, int Outputs, int Inputs>
void adder_graph_step(const Weight (&weights)[Outputs][Inputs], hls::stream<ap_uint<Inputs * Input::width> >& input,
                      hls::stream<ap_uint<Outputs * Accumulator::width> >& output) {
#pragma HLS INLINE
    using Sum = typename Accumulator::Value;
    const ap_uint<Inputs * Input::width> beat = input.read();
    ap_uint<Outputs * Accumulator::width> result = 0;
    for (int m = 0; m < Outputs; ++m) {
        Sum sum = 0;  // may wrap on the way: modulo 2**width, and the result fits
        for (int k = 0; k < Inputs; ++k) {
            const Sum product = Input::decode(get_lane<Input::width>(beat, k)) * weights[m][k];
#pragma HLS BIND_OP variable=product op=mul impl=fabric
            sum = sum + product;
        }
        set_lane<Accumulator::width>(result, m, Accumulator::encode(sum));
    }
    output.write(result);
}

}  // namespace fpgaflow

#endif
