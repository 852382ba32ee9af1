// Coverage of C code. Compilers have __sanitizer_cov_trace_pc called at the start of each basic block
// (-fsanitize-coverage=trace-pc). libFuzzer's own does nothing, so the linker puts this one in its place (--wrap).
//
// It is C++ because CFLAGS, unlike CXXFLAGS, would have it traced.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

constexpr unsigned BITS = 16;

// libFuzzer reads the counters in the section of this name.
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[1 << BITS];

extern "C" void __wrap___sanitizer_cov_trace_pc() {
    // The distance from the table is the same in each run, wherever the program is loaded.
    const auto block = reinterpret_cast<uintptr_t>(__builtin_return_address(0)) - reinterpret_cast<uintptr_t>(counters);
    const auto place = static_cast<uint32_t>(block) * 0x9e3779b1u >> (32 - BITS);
    // Not how often: how long the loops of a cipher take is no news.
    counters[place] = 1;
}

// Comparisons of floating point numbers, which GCC reports too and libFuzzer does not know.
extern "C" void __sanitizer_cov_trace_cmpf(float, float) {}
extern "C" void __sanitizer_cov_trace_cmpd(double, double) {}

// libFuzzer learns constants from comparisons. The input of ENet's targets has few, so that this would take up to 40 % of their
// time.
static bool learns_constants() {
    const char* target = std::getenv("FUZZ_TARGET");
    return target == nullptr || std::strncmp(target, "enet_", 5) != 0;
}
static const bool learns = learns_constants();

#define COMPARISON(name, type)                                            \
    extern "C" void __real___sanitizer_cov_trace_##name(type a, type b);  \
    extern "C" void __wrap___sanitizer_cov_trace_##name(type a, type b) { \
        if (learns) __real___sanitizer_cov_trace_##name(a, b);            \
    }
COMPARISON(cmp1, uint8_t)
COMPARISON(cmp2, uint16_t)
COMPARISON(cmp4, uint32_t)
COMPARISON(cmp8, uint64_t)
COMPARISON(const_cmp1, uint8_t)
COMPARISON(const_cmp2, uint16_t)
COMPARISON(const_cmp4, uint32_t)
COMPARISON(const_cmp8, uint64_t)
