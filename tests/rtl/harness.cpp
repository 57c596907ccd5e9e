// Drives every device of the module `bench` at once, each with its own beats and its own random pauses.
//
// Arguments: STIMULUS RESULT. STIMULUS holds 32-bit words: seed; probability of a valid input and of a ready output
// (256 = always); reset cycle (0 = none: else all devices are reset once more at that cycle and start again);
// cycle limit; cycles without a valid input behind each input frame; number of devices; for each device input words,
// output words, input beats, output beats, input beats of a frame; then the input beats of each device. RESULT holds for each device: output beats seen; the cycle in which each input
// beat was taken; the cycle and the words of each output beat.
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

namespace {

struct Device {
    uint32_t in_words, out_words, in_beats, out_beats, frame_beats;
    uint32_t in_word = 0, out_word = 0;  // where its data lie in the ports
    std::vector<uint32_t> input;
    std::vector<uint32_t> taken, seen, output;
    bool offered = false;
};

bool get(const uint32_t* bits, size_t index) { return bits[index / 32] >> (index % 32) & 1; }

void set(uint32_t* bits, size_t index, bool value) {
    bits[index / 32] = (bits[index / 32] & ~(1U << index % 32)) | (uint32_t(value) << index % 32);
}

}  // namespace

int main(int argc, char** argv) {
    VerilatedContext context;
    context.commandArgs(argc, argv);
    context.randReset(2);
    if (argc < 3) return 2;

    std::FILE* file = std::fopen(argv[1], "rb");
    if (!file) return 2;
    const auto word = [&] {
        uint32_t value = 0;
        if (std::fread(&value, 4, 1, file) != 1) std::exit(2);
        return value;
    };
    std::mt19937 random(word());
    context.randSeed(int(random() >> 2));
    const uint32_t valid_rate = word(), ready_rate = word(), reset_cycle = word(), limit = word();
    const uint32_t pause = word();
    std::vector<Device> devices(word());
    uint32_t in_word = 0, out_word = 0;
    for (Device& device : devices) {
        device.in_words = word(), device.out_words = word(), device.in_beats = word(), device.out_beats = word();
        device.frame_beats = word();
        device.in_word = in_word, device.out_word = out_word;
        in_word += device.in_words, out_word += device.out_words;
    }
    for (Device& device : devices) {
        device.input.resize(size_t(device.in_words) * device.in_beats);
        for (uint32_t& value : device.input) value = word();
    }
    std::fclose(file);

    Vtop top{&context};
    uint32_t* const in_data = top.in_data_i.m_storage;
    uint32_t* const in_valid = top.in_valid_i.m_storage;
    uint32_t* const out_ready = top.out_ready_i.m_storage;
    const uint32_t* const in_ready = top.in_ready_o.m_storage;
    const uint32_t* const out_valid = top.out_valid_o.m_storage;
    const uint32_t* const out_data = top.out_data_o.m_storage;
    const auto rest = [&] {
        for (size_t index = 0; index < devices.size(); ++index) {
            Device& device = devices[index];
            device.taken.clear(), device.seen.clear(), device.output.clear();
            device.offered = false;
            set(in_valid, index, false);
            set(out_ready, index, false);
        }
    };
    rest();

    uint32_t idle = 0;  // cycles since all outputs were complete
    for (uint32_t cycle = 0; cycle < limit && idle < 50; ++cycle) {
        const bool again = reset_cycle != 0 && cycle == reset_cycle;
        top.clk_i = 0;
        top.rst_ni = cycle >= 2 && !again;
        if (again) rest();
        bool complete = true;
        for (size_t index = 0; index < devices.size() && top.rst_ni; ++index) {
            Device& device = devices[index];
            const size_t next = device.taken.size();
            const bool pausing =
                pause != 0 && next != 0 && next % device.frame_beats == 0 && cycle - device.taken.back() <= pause;
            if (!device.offered && next < device.in_beats && !pausing) device.offered = random() % 256 < valid_rate;
            set(in_valid, index, device.offered);
            for (uint32_t i = 0; i < device.in_words; ++i)
                in_data[device.in_word + i] = device.offered ? device.input[next * device.in_words + i] : random();
            set(out_ready, index, random() % 256 < ready_rate);
            complete &= device.seen.size() >= device.out_beats;
        }
        idle = complete && top.rst_ni ? idle + 1 : 0;
        top.eval();
        for (size_t index = 0; index < devices.size() && top.rst_ni; ++index) {
            Device& device = devices[index];
            if (get(in_valid, index) && get(in_ready, index)) {
                device.taken.push_back(cycle);
                device.offered = false;
            }
            if (get(out_valid, index) && get(out_ready, index)) {
                device.seen.push_back(cycle);
                const uint32_t* data = out_data + device.out_word;
                device.output.insert(device.output.end(), data, data + device.out_words);
            }
        }
        top.clk_i = 1;
        top.eval();
    }

    file = std::fopen(argv[2], "wb");
    if (!file) return 2;
    const auto put = [&](const std::vector<uint32_t>& values) { std::fwrite(values.data(), 4, values.size(), file); };
    for (Device& device : devices) {
        const bool all_taken = device.taken.size() == device.in_beats;
        device.taken.resize(device.in_beats);
        put({all_taken ? uint32_t(device.seen.size()) : 0});
        put(device.taken);
        put(device.seen);
        put(device.output);
    }
    return std::fclose(file) == 0 ? 0 : 2;
}
