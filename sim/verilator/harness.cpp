// Feeds beats from a file to an AXI4-Stream accelerator that Verilator made into the class Vtop, and records what
// comes out. The model is held in reset first, then beats are offered back to back, with random pauses if asked for.
//
// Usage: harness INPUT OUTPUT SUMMARY BEATS SILENCE SEED INPUT_PAUSE OUTPUT_PAUSE [+verilator+...]
//   INPUT    beats to send, each one byte TLAST and then the bytes of TDATA, lowest first
//   OUTPUT   beats received, each eight bytes clock cycle, one byte TLAST, one byte TUSER, the bytes of TDATA
//   SUMMARY  lines "key value": end (complete, surplus, silent or protocol), accepted, first_accepted, last_accepted, cycles
//   BEATS    how many beats should come; once they did, the model is watched a little longer for surplus ones
//   SILENCE  clock cycles without any transfer, while neither end is paused, after which the run ends as "silent"
//   *_PAUSE  probability that an end pauses in a clock cycle, 0 to 1
// Cycles count from the end of reset. A little-endian host is assumed.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

namespace {

constexpr int kResetCycles = 8;
constexpr std::uint64_t kQuietMargin = 16;

// TDATA is a whole number of bytes, but a port narrower than 64 bits lies in the next larger integer.
constexpr std::size_t kInputBytes = FPGAFLOW_INPUT_BYTES;
constexpr std::size_t kOutputBytes = FPGAFLOW_OUTPUT_BYTES;
constexpr std::size_t kInputRecord = 1 + kInputBytes;

struct Options {
    std::string input, output, summary;
    std::uint64_t beats, silence, seed;
    double input_pause, output_pause;
};

struct OutputBeat {
    unsigned char last, user;
    unsigned char data[kOutputBytes];
};

class Testbench {
public:
    Testbench(VerilatedContext& context, const Options& options)
        : options_{options}, top_{&context}, random_{options.seed}, output_{options.output, std::ios::binary} {
        std::ifstream file{options.input, std::ios::binary};
        input_.assign(std::istreambuf_iterator<char>{file}, {});
    }

    void run() {
        reset();
        while (end_ == nullptr) step();
        top_.final();
        write_summary();
    }

private:
    void reset() {
        top_.ap_rst_n = 0;
        top_.s_axis_tvalid = 0;
        top_.m_axis_tready = 0;
        for (int cycle = 0; cycle < kResetCycles; ++cycle) {
            top_.ap_clk = 0;
            top_.eval();
            top_.ap_clk = 1;
            top_.eval();
        }
        top_.ap_rst_n = 1;
    }

    bool pauses(double probability) { return probability > 0 && uniform_(random_) < probability; }

    void step() {
        const bool input_paused = offer_input();
        const bool output_paused = pauses(options_.output_pause);
        top_.m_axis_tready = !output_paused;
        top_.ap_clk = 0;
        top_.eval();

        const bool accepted = top_.s_axis_tvalid && top_.s_axis_tready;
        const bool received = top_.m_axis_tvalid && top_.m_axis_tready;
        check_protocol();
        if (accepted) take_input();
        if (received) record_output();
        if (accepted || received) {
            silent_ = 0;
        } else if (!input_paused && !output_paused) {
            ++silent_;
        }
        watch();

        top_.ap_clk = 1;
        top_.eval();
        if (accepted) top_.s_axis_tvalid = 0;
        ++cycle_;
    }

    // Once TVALID is up, it stays up until the beat is taken: only then may the input pause. True if it pauses.
    bool offer_input() {
        if (top_.s_axis_tvalid) return false;
        if (position_ == input_.size()) return false;
        if (pauses(options_.input_pause)) return true;
        top_.s_axis_tvalid = 1;
        top_.s_axis_tlast = input_[position_];
        std::memcpy(&top_.s_axis_tdata, &input_[position_ + 1], kInputBytes);
        return false;
    }

    void take_input() {
        if (accepted_ == 0) first_accepted_ = cycle_;
        last_accepted_ = cycle_;
        ++accepted_;
        position_ += kInputRecord;
    }

    OutputBeat output_beat() {
        OutputBeat beat{};
        beat.last = top_.m_axis_tlast;
        beat.user = top_.m_axis_tuser;
        std::memcpy(beat.data, &top_.m_axis_tdata, kOutputBytes);
        return beat;
    }

    // A beat that is offered but not taken must still be offered, unchanged, in the next clock cycle.
    void check_protocol() {
        const OutputBeat beat = output_beat();
        if (waiting_ && (!top_.m_axis_tvalid || std::memcmp(&beat, &offered_, sizeof beat) != 0)) end_ = "protocol";
        waiting_ = top_.m_axis_tvalid && !top_.m_axis_tready;
        offered_ = beat;
    }

    void record_output() {
        const OutputBeat beat = output_beat();
        output_.write(reinterpret_cast<const char*>(&cycle_), sizeof cycle_);
        output_.write(reinterpret_cast<const char*>(&beat), sizeof beat);
        ++received_;
        longest_gap_ = std::max(longest_gap_, cycle_ - last_received_);
        last_received_ = cycle_;
    }

    void watch() {
        if (received_ > options_.beats) {
            end_ = "surplus";
        } else if (received_ == options_.beats && position_ == input_.size()) {
            if (cycle_ - last_received_ > longest_gap_ + kQuietMargin) end_ = "complete";
        } else if (silent_ > options_.silence) {
            end_ = "silent";
        }
    }

    void write_summary() {
        std::ofstream summary{options_.summary};
        summary << "end " << end_ << "\naccepted " << accepted_ << "\nfirst_accepted " << first_accepted_ << "\nlast_accepted "
                << last_accepted_ << "\ncycles "
                << cycle_ << '\n';
    }

    Options options_;
    Vtop top_;
    std::mt19937_64 random_;
    std::uniform_real_distribution<double> uniform_{0.0, 1.0};
    std::ofstream output_;
    std::vector<char> input_;
    std::size_t position_ = 0;
    bool waiting_ = false;
    OutputBeat offered_{};
    std::uint64_t cycle_ = 0, accepted_ = 0, first_accepted_ = 0, last_accepted_ = 0, received_ = 0;
    std::uint64_t silent_ = 0, longest_gap_ = 0, last_received_ = 0;
    const char* end_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 9) return EXIT_FAILURE;
    VerilatedContext context;
    context.commandArgs(argc, argv);
    const Options options{argv[1],           argv[2],           argv[3], std::stoull(argv[4]), std::stoull(argv[5]),
                          std::stoull(argv[6]), std::stod(argv[7]), std::stod(argv[8])};
    Testbench{context, options}.run();
    return EXIT_SUCCESS;
}
