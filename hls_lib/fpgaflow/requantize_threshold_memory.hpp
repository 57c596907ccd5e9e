// Requantization by binary search: the number of thresholds <= x, found in Steps steps with one small memory each.
//
// Why it exists: a monotone function of many levels; comparators would need one per level, the search needs one per bit
// of the count. In step j the search knows the count's upper j bits n and compares x with the threshold in the middle of
// what remains: word channel fold * 2**j + n of the step's memory.
// How to call it: a stage calls search_step once for each step and lane (each has its own memory, so that all can be
// read in one cycle) and search_result once a lane. They can't hang: there is no stream here.
#ifndef FPGAFLOW_REQUANTIZE_THRESHOLD_MEMORY_HPP
#define FPGAFLOW_REQUANTIZE_THRESHOLD_MEMORY_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/memory.hpp"

namespace fpgaflow {

// Step: j above. Threshold: a format. Count: ap_uint of as many bits as there are steps. Words = folds * 2**Step.
template <int Step, class Threshold, class Value, class Count, class Chunk, int Words>
Count search_step(const Chunk (&thresholds)[Words][1], int fold, const Count& n, const Value& x) {
#pragma HLS INLINE
    const ap_uint<bits_for(Words)> address = (ap_uint<bits_for(Words)>(fold) << Step) | ap_uint<bits_for(Words)>(n);
    const ap_uint<Threshold::width> code = read_code<Threshold::width>(thresholds, address, 0);
    return (n << 1) | (x >= Threshold::decode(code) ? Count(1) : Count(0));
}

// The output's code: Base + Scale * n, or Base + Scale * (Levels - n) for a channel that falls.
template <class Output, int Levels, long long Base, int Scale, class Count>
typename Output::Code search_result(const Count& n, bool falls) {
#pragma HLS INLINE
    const Count count = falls ? Count(Levels - n) : n;
    const typename Output::Value scaled = count * Scale;  // may wrap: modulo 2**width, and the result fits
    return Output::encode(scaled + typename Output::Value(Base));
}

}  // namespace fpgaflow

#endif
