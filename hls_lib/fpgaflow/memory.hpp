// Codes in a read-only memory.
//
// Why it exists: memory words are often wider than a built-in integer, and arrays of ap_uint compile slowly and load at
// run time. A memory is therefore a constant array rom[words][chunks] of a built-in unsigned type; a word's bits run
// from the least significant bit of chunk 0 upwards, and code `index` of a word starts at bit index * Width, also
// across a chunk's border.
// How to call it: partition dimension 2 of the array completely, so that a word is read in one cycle; the index is a
// constant after unrolling. It can't hang.
#ifndef FPGAFLOW_MEMORY_HPP
#define FPGAFLOW_MEMORY_HPP

#include <ap_int.h>

#include <cstdint>

namespace fpgaflow {

// Width: bits of a code, 1 to 64. Chunk, Words, Chunks: the array's type and shape (deduced).
template <int Width, class Chunk, int Words, int Chunks>
ap_uint<Width> read_code(const Chunk (&rom)[Words][Chunks], int word, int index) {
#pragma HLS INLINE
    constexpr int chunk_width = 8 * sizeof(Chunk);
    const int chunk = index * Width / chunk_width;
    const int offset = index * Width % chunk_width;
    std::uint64_t bits = static_cast<std::uint64_t>(rom[word][chunk]) >> offset;
    // no code crosses the last chunk's border
    if (chunk + 1 < Chunks && offset + Width > chunk_width)
        bits |= static_cast<std::uint64_t>(rom[word][chunk + 1]) << (chunk_width - offset);
    return bits;
}

}  // namespace fpgaflow

#endif
