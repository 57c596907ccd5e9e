// Runs many packets through a design: batch <input> <output>.
//
// Both files are binary, of int64.
//   input    packets: the number of stored integers, a whole number of beats, then these; TLAST ends each packet
//   output   the length of a record; then a record for each frame that left: its stored integers, then TUSER
// Exit code 1 and a message if a file is unfit or an output frame malformed.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <vector>

#include "design.hpp"
#include "frame_io.hpp"

static int fail(const char* what) {
    std::cout << what << "\n";
    return 1;
}

static bool read(std::istream& file, std::vector<std::int64_t>& values) {
    return bool(file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(8 * values.size())));
}

static void write(std::ostream& file, const std::vector<std::int64_t>& values) {
    file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(8 * values.size()));
}

int main(int argc, char** argv) {
    if (argc != 3) return fail("usage: batch <input> <output>");
    std::ifstream input(argv[1], std::ios::binary);
    std::ofstream output(argv[2], std::ios::binary);
    write(output, {output_elements<Design>() + 1});

    hls::stream<Design::InputAxis> s_axis("s_axis");
    hls::stream<Design::OutputAxis> m_axis("m_axis");
    std::vector<std::int64_t> length(1), packet, frame;
    while (read(input, length)) {
        packet.assign(static_cast<std::size_t>(length[0]), 0);
        if (packet.empty() || packet.size() % Design::input_lanes != 0 || !read(input, packet))
            return fail("a packet of the input is not a whole number of beats");
        const int beats = static_cast<int>(packet.size()) / Design::input_lanes;
        for (int beat = 0; beat < beats; ++beat) {
            const bool last = beat == beats - 1;
            push_beat<Design>(&packet[beat * Design::input_lanes], last, s_axis);
            if (!last && (beat + 1) % Design::input_beats != 0) continue;
            Design::top(s_axis, m_axis);
            bool flagged = false;
            if (!s_axis.empty()) return fail("the design left input beats unread");
            if (!pop_frame<Design>(m_axis, frame, flagged)) return fail("the design sent a malformed frame");
            frame.push_back(flagged ? 1 : 0);
            write(output, frame);
        }
    }
    return output ? 0 : fail("the output can't be written");
}
