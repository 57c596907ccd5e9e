// Frames of stored integers in and out of a design's AXI4-Streams.
//
// Design (generated, tb/design.hpp) names the top function, the streams' types, formats, beats and lanes.
#ifndef FPGAFLOW_FRAME_IO_HPP
#define FPGAFLOW_FRAME_IO_HPP

#include <hls_stream.h>

#include <cstdint>
#include <vector>

template <class Design>
constexpr int input_elements() {
    return Design::input_beats * Design::input_lanes;
}

template <class Design>
constexpr int output_elements() {
    return Design::output_beats * Design::output_lanes;
}

// Writes one beat: `values` holds one stored integer a lane.
template <class Design>
void push_beat(const std::int64_t* values, bool last, hls::stream<typename Design::InputAxis>& s_axis) {
    using Format = typename Design::InputFormat;
    typename Design::InputAxis packet;
    packet.data = 0;
    for (int lane = 0; lane < Design::input_lanes; ++lane)
        packet.data.range((lane + 1) * Format::width - 1, lane * Format::width) = Format::encode(values[lane]);
    packet.keep = -1;
    packet.strb = -1;
    packet.last = last ? 1 : 0;
    s_axis.write(packet);
}

// Reads the one frame that a call of the top function leaves. Returns false if it has not the right number of beats,
// TLAST not on the last beat alone, or TUSER, which flags the frame, on another one.
template <class Design>
bool pop_frame(hls::stream<typename Design::OutputAxis>& m_axis, std::vector<std::int64_t>& values, bool& flagged) {
    using Format = typename Design::OutputFormat;
    values.clear();
    bool good = m_axis.size() == static_cast<std::size_t>(Design::output_beats);
    for (int beat = 0; !m_axis.empty(); ++beat) {
        const typename Design::OutputAxis packet = m_axis.read();
        const bool last = beat == Design::output_beats - 1;
        flagged = packet.user == 1;
        good = good && (packet.last == 1) == last && (last || !flagged);
        for (int lane = 0; lane < Design::output_lanes; ++lane) {
            const typename Format::Code code = packet.data.range((lane + 1) * Format::width - 1, lane * Format::width);
            values.push_back(static_cast<std::int64_t>(Format::decode(code)));
        }
    }
    return good;
}

#endif
