#include "zoetrope/inference/shards.h"

#include <charconv>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

// The number that is all of [begin, end), or 0.
std::size_t number_of(const char* begin, const char* end) {
  std::size_t value = 0;
  const auto [last, error] = std::from_chars(begin, end, value);
  return error == std::errc() && last == end ? value : 0;
}

}  // namespace

Shard shard_of(const std::string& text, const Environment& environment) {
  if (text.empty()) return {};
  if (text == "env") {
    const Launch launch = rank_of(environment);
    return {static_cast<std::size_t>(launch.rank) + 1, static_cast<std::size_t>(launch.world_size)};
  }
  const std::size_t slash = text.find('/');
  const char* const begin = text.data();
  Shard shard{0, 0};
  if (slash != std::string::npos)
    shard = {number_of(begin, begin + slash), number_of(begin + slash + 1, begin + text.size())};
  if (shard.number < 1 || shard.number > shard.count) {
    throw Error::usage("--shard {}: shards are 1/N to N/N, or env: as RANK and WORLD_SIZE or their like say",
                       text);
  }
  return shard;
}

}  // namespace zoetrope::inference
