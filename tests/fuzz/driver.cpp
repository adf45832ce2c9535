// Runs a fuzz target without libFuzzer, so that any compiler builds it:
//
//   fuzz_checkpoint [--seconds 10] [--seed 1] SEED_FILE_OR_FOLDER...
//   fuzz_checkpoint --input FILE      one input as it is: to look at a find
//
// Inputs are changed seeds. The k-th input depends on the seed files, --seed and k alone. The input that is
// being tried lies in the file `fuzz-input` of the working folder, also after a crash; it is removed when all
// went well.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char* kInputFile = "fuzz-input";
constexpr std::size_t kMaxInput = std::size_t{1} << 20;
constexpr std::array<std::uint64_t, 10> kEdges = {0,          1,          0x7F,       0xFF,       0x7FFF,
                                                  0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, UINT64_MAX, INT64_MAX};

struct Options {
  double seconds = 10;
  std::uint64_t seed = 1;
  std::string input;
  std::vector<Bytes> seeds;
};

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void add_seeds(const std::filesystem::path& path, std::vector<Bytes>& seeds) {
  if (!std::filesystem::is_directory(path)) {
    seeds.push_back(read_file(path));
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) seeds.push_back(read_file(file));
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--seconds" && has_value) {
      options.seconds = std::stod(argv[++i]);
    } else if (argument == "--seed" && has_value) {
      options.seed = std::stoull(argv[++i]);
    } else if (argument == "--input" && has_value) {
      options.input = argv[++i];
    } else {
      add_seeds(argument, options.seeds);
    }
  }
  if (options.seeds.empty()) options.seeds.emplace_back();
  return options;
}

// One change: of a bit, a byte, a number; a piece that is doubled, dropped, or comes from another seed.
void change(Bytes& bytes, const std::vector<Bytes>& seeds, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random() % limit);
  };
  const std::size_t place = below(bytes.size());
  const std::size_t length = std::min(below(1 + below(64)) + 1, bytes.size() - place);
  const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place);
  const auto end = at + static_cast<std::ptrdiff_t>(length);
  switch (bytes.empty() ? 5 : below(7)) {
    case 0:
      bytes[place] ^= static_cast<std::uint8_t>(1U << below(8));
      break;
    case 1:
      bytes[place] = static_cast<std::uint8_t>(random());
      break;
    case 2: {
      const std::uint64_t edge = kEdges[below(kEdges.size())];
      std::memcpy(&bytes[place], &edge,
                  std::min<std::size_t>(std::size_t{1} << below(4), bytes.size() - place));
      break;
    }
    case 3:
      bytes.erase(at, end);
      break;
    case 4: {
      const Bytes piece(at, end);
      bytes.insert(at, piece.begin(), piece.end());
      break;
    }
    case 5: {
      const Bytes& other = seeds[below(seeds.size())];
      const std::size_t from = below(other.size());
      const std::size_t count = std::min(below(64), other.size() - from);
      const auto begin = other.begin() + static_cast<std::ptrdiff_t>(from);
      bytes.insert(at, begin, begin + static_cast<std::ptrdiff_t>(count));
      break;
    }
    default:
      bytes.resize(place);
      break;
  }
}

// A file that shows what is being tried, kept by the system when this process dies.
class Witness {
 public:
  Witness() {
    const int descriptor = ::open(kInputFile, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    void* memory = MAP_FAILED;
    if (descriptor >= 0 && ::ftruncate(descriptor, kMaxInput) == 0) {
      memory = ::mmap(nullptr, kMaxInput, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    }
    if (memory != MAP_FAILED) memory_ = memory;
    descriptor_ = descriptor;
  }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() {
    if (memory_) ::munmap(memory_, kMaxInput);
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  // The file is as long as the input, so that it can be tried again as it is.
  void show(const Bytes& bytes) {
    if (!memory_ || ::ftruncate(descriptor_, static_cast<off_t>(bytes.size())) != 0) return;
    std::memcpy(memory_, bytes.data(), bytes.size());
  }

 private:
  void* memory_ = nullptr;
  int descriptor_ = -1;
};

std::uint64_t fuzz(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   std::chrono::duration<double>(options.seconds));
  Witness witness;
  std::uint64_t count = 0;
  for (; Clock::now() < end; ++count) {
    std::mt19937_64 random(options.seed * 0x9E3779B97F4A7C15U + count);
    Bytes bytes = options.seeds[count % options.seeds.size()];
    const std::uint64_t changes =
        count < options.seeds.size() ? 0 : 1 + random() % 8;  // first, the seeds as they are
    for (std::uint64_t i = 0; i < changes; ++i) change(bytes, options.seeds, random);
    bytes.resize(std::min(bytes.size(), kMaxInput));
    witness.show(bytes);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    if (!options.input.empty()) {
      const Bytes bytes = read_file(options.input);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      return 0;
    }
    const std::uint64_t count = fuzz(options);
    std::filesystem::remove(kInputFile);
    std::printf("%llu inputs, nothing found\n", static_cast<unsigned long long>(count));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "found: an exception that is no zoetrope::Error: %s; the input is %s\n",
                 error.what(), kInputFile);
    return 1;
  }
}
