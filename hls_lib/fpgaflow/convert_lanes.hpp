// The lanes of a beat in another format that holds their values.
//
// Why it exists: streams that become one may have different formats. It can't hang: wires only.
#ifndef FPGAFLOW_CONVERT_LANES_HPP
#define FPGAFLOW_CONVERT_LANES_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/lanes.hpp"

namespace fpgaflow {

// Input, Output: formats. Lanes: elements of the beat.
template <class Input, class Output, int Lanes>
ap_uint<Lanes * Output::width> convert_lanes(const ap_uint<Lanes * Input::width>& beat) {
#pragma HLS INLINE
    ap_uint<Lanes * Output::width> result = 0;
    for (int p = 0; p < Lanes; ++p) {
        const typename Output::Value value = Input::decode(get_lane<Input::width>(beat, p));
        set_lane<Output::width>(result, p, Output::encode(value));
    }
    return result;
}

}  // namespace fpgaflow

#endif
