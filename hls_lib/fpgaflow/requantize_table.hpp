// Requantization by a table: table[x - Low], one table for all channels or one for each.
//
// Why it exists: functions that are not monotone. x is always within Low .. Low + Entries - 1, so the index is computed
// modulo the next power of two: x's lower bits suffice.
// It can't hang: there is no stream here. How to call it: once per lane; a memory that serves all lanes needs a port for
// each.
#ifndef FPGAFLOW_REQUANTIZE_TABLE_HPP
#define FPGAFLOW_REQUANTIZE_TABLE_HPP

#include <ap_int.h>

#include "fpgaflow/format.hpp"
#include "fpgaflow/memory.hpp"

namespace fpgaflow {

// Input, Output: formats. Words = Entries, or folds * Entries with fold being the channel's.
template <class Input, class Output, int Entries, long long Low, class Chunk, int Words>
typename Output::Code table_lookup(const Chunk (&table)[Words][1], int fold, const typename Input::Code& code) {
#pragma HLS INLINE
    using Index = ap_uint<bits_for(Entries)>;
    const Index index = Index(Input::decode(code)) - Index(Low);
    return read_code<Output::width>(table, fold * Entries + int(index), 0);
}

}  // namespace fpgaflow

#endif
