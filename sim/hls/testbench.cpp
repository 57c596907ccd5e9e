// Runs the frames of input_frames.txt and compares with expected_frames.txt; returns 0 only if all are equal.
//
// Both files hold one frame of stored integers a line. The folder they lie in is the first argument, by default the
// current one.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "design.hpp"
#include "frame_io.hpp"

static bool read_frame(std::istream& file, std::size_t count, std::vector<std::int64_t>& values) {
    values.assign(count, 0);
    for (std::int64_t& value : values)
        if (!(file >> value)) return false;
    return true;
}

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    std::ifstream input_file(folder + "/input_frames.txt"), expected_file(folder + "/expected_frames.txt");
    std::vector<std::int64_t> input, expected, output;
    int frames = 0;
    while (read_frame(input_file, input_elements<Design>(), input)) {
        if (!read_frame(expected_file, output_elements<Design>(), expected)) {
            std::cout << "expected_frames.txt ends before frame " << frames << "\n";
            return 1;
        }
        hls::stream<Design::InputAxis> s_axis("s_axis");
        hls::stream<Design::OutputAxis> m_axis("m_axis");
        for (int beat = 0; beat < Design::input_beats; ++beat)
            push_beat<Design>(&input[beat * Design::input_lanes], beat == Design::input_beats - 1, s_axis);
        Design::top(s_axis, m_axis);
        bool flagged = false;
        if (!pop_frame<Design>(m_axis, output, flagged) || flagged || !s_axis.empty()) {
            std::cout << "frame " << frames << ": malformed output frame\n";
            return 1;
        }
        for (std::size_t i = 0; i < output.size(); ++i)
            if (output[i] != expected[i]) {
                std::cout << "frame " << frames << ", element " << i << ": expected " << expected[i] << ", got "
                          << output[i] << "\n";
                return 1;
            }
        ++frames;
    }
    std::cout << frames << " frames equal\n";
    return frames > 0 ? 0 : 1;
}
