// Stand-in for the vendor's hls_stream.h: an unbounded queue between two functions.
//
// Why it exists: C++ simulation without Vitis HLS. How to call it: as the vendor's hls::stream.
// When it stops: reading an empty stream, or leaving values behind, is a bug in the design (hardware would hang or
// shift frames), so both end the program with exit code 3 and the stream's name. Simulation runs one function after the
// other, so FIFO depths play no part here.
#ifndef FPGAFLOW_STAND_IN_HLS_STREAM_H
#define FPGAFLOW_STAND_IN_HLS_STREAM_H

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace hls {

template <class T>
class stream {
  public:
    explicit stream(const char* name = "unnamed") : name_(name) {}
    ~stream() {
        if (!empty()) fail("still holds values at its end");
    }
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    bool empty() const { return next_ == values_.size(); }
    std::size_t size() const { return values_.size() - next_; }
    void write(const T& value) { values_.push_back(value); }
    T read() {
        if (empty()) fail("is read while empty");
        const T value = values_[next_++];
        if (empty()) {
            values_.clear();
            next_ = 0;
        }
        return value;
    }

  private:
    [[noreturn]] void fail(const char* what) const {
        std::fprintf(stderr, "hls::stream '%s' %s\n", name_, what);
        std::_Exit(3);
    }

    const char* name_;
    std::vector<T> values_;
    std::size_t next_ = 0;
};

}  // namespace hls

#endif
