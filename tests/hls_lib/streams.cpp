// Uses a stream rightly (0), reads it once too often (1), or leaves a value in it (2), as the first argument says.
#include <hls_stream.h>

#include <cstdlib>

int main(int, char** argv) {
    hls::stream<int> data("data");
    for (int i = 0; i < 3; ++i) data.write(i);
    const int reads = std::atoi(argv[1]) == 0 ? 3 : std::atoi(argv[1]) == 1 ? 4 : 2;
    for (int i = 0; i < reads; ++i)
        if (data.read() != i) return 1;
    return 0;
}
