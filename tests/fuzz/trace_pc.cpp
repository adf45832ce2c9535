// Coverage for libFuzzer from GCC, whose LibTorch-including code Clang 14 does not compile as C++20. GCC calls
// __sanitizer_cov_trace_pc at each edge; libFuzzer reads counters. So each edge adds to a counter that its address
// selects, which is what Clang's inline counters are but for collisions. (Of comparisons both speak the same way.) libFuzzer
// has an empty function of that name: the linker puts this one in its place (--wrap).

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" void __sanitizer_cov_8bit_counters_init(std::uint8_t* begin, std::uint8_t* end);

namespace {

constexpr std::size_t kCounters = std::size_t{1} << 18;
std::array<std::uint8_t, kCounters> counters;

[[gnu::constructor]] void tell_libfuzzer() {
  __sanitizer_cov_8bit_counters_init(counters.data(), counters.data() + counters.size());
}

}  // namespace

extern "C" void __wrap___sanitizer_cov_trace_pc() {
  const auto address = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  constexpr std::uintptr_t kSpread = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio
  constexpr int kBits = 64 - 18;
  ++counters[(address * kSpread) >> kBits];
}

// Comparisons of floating-point numbers, which libFuzzer does not ask about.
extern "C" void __sanitizer_cov_trace_cmpf(float, float) {}
extern "C" void __sanitizer_cov_trace_cmpd(double, double) {}
