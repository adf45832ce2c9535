#include "zoetrope/data/detection_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/random.h"
#include "zoetrope/data/feature_file.h"
#include "zoetrope/timeline/activitynet.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

// What a choice is for, as part of its key.
constexpr std::uint64_t kMeans = 1, kScript = 2, kNoise = 3;
constexpr std::array<const char*, 2> kStreams = {"rgb", "flow"};
constexpr double kShortest = 2, kLongest = 6;  // seconds of an action

/// A stretch of one class or scene, in frames.
struct Stretch {
  bool is_action = false;
  std::int64_t id = 0;
  std::int64_t frames = 0;
};
using Script = std::vector<Stretch>;
using Vector = std::vector<double>;

Vector normals(std::int64_t count, RandomGenerator& random) {
  Vector values(static_cast<std::size_t>(count));
  for (double& value : values) value = normal(random);
  return values;
}

class Generator {
 public:
  explicit Generator(const DetectionGeneratorOptions& options) : o_(options) {
    const std::int64_t all = o_.classes + o_.trimmed_only;
    for (std::uint64_t s = 0; s < kStreams.size(); ++s) {
      RandomGenerator random = keyed_generator(o_.seed, {kMeans, s});
      for (std::int64_t c = 0; c < all; ++c) actions_[s].push_back(normals(o_.dimensions, random));
      for (std::int64_t c = 0; c < o_.classes; ++c) scenes_[s].push_back(normals(o_.dimensions, random));
      common_[s] = normals(o_.dimensions, random);
      shift_[s] = normals(o_.dimensions, random);
    }
  }

  Script untrimmed(std::uint64_t video, double context) const {
    RandomGenerator random = keyed_generator(o_.seed, {kScript, video});
    // The first class goes round, so that every class has videos.
    std::vector<std::int64_t> classes = {static_cast<std::int64_t>(video) % o_.classes};
    constexpr double kTwo = 0.3;  // of the videos have two classes
    if (o_.classes > 1 && uniform(random) < kTwo)
      classes.push_back((classes[0] + uniform_integer(random, 1, o_.classes)) % o_.classes);
    const std::int64_t length = frames(o_.seconds * uniform(random, 0.5, 1.5));
    Script script;
    std::int64_t done = 0;
    while (done < length) {
      const std::int64_t label = classes[script.size() / 2 % classes.size()];
      const double action = uniform(random, kShortest, kLongest);
      const bool tells = uniform(random) < context;
      const std::int64_t scene = tells ? label : uniform_integer(random, 0, o_.classes);
      const double before = action * (1 - o_.action_share) / o_.action_share * uniform(random, 0.6, 1.4);
      script.push_back({false, scene, frames(before)});
      script.push_back({true, label, frames(action)});
      done += script.back().frames + script[script.size() - 2].frames;
    }
    return script;
  }

  Script trimmed(std::uint64_t clip) const {
    const auto label = static_cast<std::int64_t>(clip) % (o_.overlapping + o_.trimmed_only);
    return {{true, label < o_.overlapping ? label : label - o_.overlapping + o_.classes,
             frames(o_.clip_seconds)}};
  }

  /// [D, T] of a stream.
  std::vector<float> features(const Script& script, std::size_t stream, std::uint64_t video,
                              double shift) const {
    std::int64_t length = 0;
    for (const Stretch& stretch : script) length += stretch.frames;
    const auto all = static_cast<std::size_t>(length), dimensions = static_cast<std::size_t>(o_.dimensions);
    std::vector<float> values(dimensions * all);
    RandomGenerator random = keyed_generator(o_.seed, {kNoise, stream, video});
    std::size_t t = 0;
    for (const Stretch& stretch : script) {
      const auto id = static_cast<std::size_t>(stretch.id);
      const Vector& mean = stretch.is_action ? actions_[stream].at(id) : scenes_[stream].at(id);
      for (std::int64_t i = 0; i < stretch.frames; ++i, ++t) {
        for (std::size_t d = 0; d < dimensions; ++d) {
          const double common = stretch.is_action ? common_[stream][d] : 0;
          values[d * all + t] = static_cast<float>(mean[d] + common + shift * shift_[stream][d] +
                                                   o_.noise[stream] * normal(random));
        }
      }
    }
    return values;
  }

  [[nodiscard]] std::string name_of(std::int64_t label) const {
    return label < o_.classes ? fmt::format("action_{}", label)
                              : fmt::format("trimmed_{}", label - o_.classes);
  }

  [[nodiscard]] timeline::ActivityNetVideo annotated(const Script& script, const std::string& subset) const {
    timeline::ActivityNetVideo video{.timeline = {}, .subset = subset};
    timeline::Track track{.name = "annotations"};
    std::int64_t at = 0;
    for (const Stretch& stretch : script) {
      if (stretch.is_action) {
        track.segments.push_back({.start = static_cast<double>(at) / o_.fps,
                                  .end = static_cast<double>(at + stretch.frames) / o_.fps,
                                  .label = name_of(stretch.id),
                                  .score = {}});
      }
      at += stretch.frames;
    }
    video.timeline.video.duration = static_cast<double>(at) / o_.fps;
    video.timeline.tracks.push_back(std::move(track));
    return video;
  }

 private:
  [[nodiscard]] std::int64_t frames(double seconds) const {
    return std::max<std::int64_t>(std::llround(seconds * o_.fps), 1);
  }

  DetectionGeneratorOptions o_;
  std::array<std::vector<Vector>, 2> actions_, scenes_;
  std::array<Vector, 2> common_, shift_;
};

void check(const DetectionGeneratorOptions& o) {
  const bool ok = o.classes >= 1 && o.overlapping >= 0 && o.trimmed_only >= 0 && o.overlapping <= o.classes &&
                  o.overlapping + o.trimmed_only >= 1 && o.train >= 1 && o.test >= 0 && o.clips >= 1 &&
                  o.dimensions >= 1 && o.dimensions <= kMaxFeatureDimensions && o.fps > 0 && o.seconds > 0 &&
                  o.clip_seconds > 0 && o.action_share > 0 && o.action_share < 1;
  if (!ok)
    throw Error::usage("made-up detection set: a number is out of range, or there is no class or video");
}

void write_features_of(const Generator& generator, const Script& script, const fs::path& folder,
                       const std::string& name, std::uint64_t video, double shift, std::int64_t dimensions) {
  for (std::size_t s = 0; s < kStreams.size(); ++s) {
    write_features(folder / kStreams[s] / (name + ".npy"), generator.features(script, s, video, shift),
                   dimensions);
  }
}

void write_truth(const fs::path& path, timeline::ActivityNetFile file) {
  file.version = "made up";
  write_file_atomically(path, timeline::to_activitynet_truth(file));
}

}  // namespace

void describe(ConfigFields& f, DetectionGeneratorOptions& o) {
  f.field("classes", o.classes, "of the untrimmed videos").range(1, 100000);
  f.field("overlapping", o.overlapping, "classes that trimmed clips have too").at_least(0);
  f.field("trimmed_only", o.trimmed_only, "classes that only trimmed clips have").at_least(0);
  f.field("train", o.train, "untrimmed training videos").at_least(1);
  f.field("test", o.test, "untrimmed test videos").at_least(0);
  f.field("clips", o.clips, "trimmed clips").at_least(1);
  f.field("dimensions", o.dimensions, "of each stream").range(1, 1 << 16);
  f.field("fps", o.fps, "features a second").range(1e-3, 1000);
  f.field("seconds", o.seconds, "of an untrimmed video, from a half to one and a half of it").range(1, 1e5);
  f.field("clip_seconds", o.clip_seconds, "of a trimmed clip").range(0.1, 1e4);
  f.field("action_share", o.action_share, "of a video's time").range(0.01, 0.99);
  f.field("noise", o.noise, "of RGB and flow").at_least(0);
  f.field("context", o.context, "share of training scenes that tell the class").range(0, 1);
  f.field("test_context", o.test_context, "the same of test videos").range(0, 1);
  f.field("shift", o.shift, "between the domains").at_least(0);
  f.field("seed", o.seed, "of every choice");
}

void write_generated_detection_set(const fs::path& root, const DetectionGeneratorOptions& options,
                                   const std::function<void()>& on_video) {
  check(options);
  for (const char* part : {"untrimmed", "trimmed"}) {
    for (const char* stream : kStreams) {
      std::error_code failed;
      fs::create_directories(root / part / stream, failed);
      if (failed) throw Error::failed("{}: cannot be made: {}", (root / part).string(), failed.message());
    }
  }
  const Generator generator(options);
  timeline::ActivityNetFile untrimmed, trimmed;
  const std::int64_t videos = options.train + options.test;
  for (std::int64_t i = 0; i < videos; ++i) {
    const bool trains = i < options.train;
    const auto number = static_cast<std::uint64_t>(i);
    const Script script = generator.untrimmed(number, trains ? options.context : options.test_context);
    const std::string name = fmt::format("video_{:05d}", i);
    write_features_of(generator, script, root / "untrimmed", name, number, 0, options.dimensions);
    untrimmed.videos.emplace(name, generator.annotated(script, trains ? "training" : "testing"));
    if (on_video) on_video();
  }
  for (std::int64_t i = 0; i < options.clips; ++i) {
    const auto clip = static_cast<std::uint64_t>(i);
    const Script script = generator.trimmed(clip);
    const std::string name = fmt::format("clip_{:05d}", i);
    write_features_of(generator, script, root / "trimmed", name, clip + static_cast<std::uint64_t>(videos),
                      options.shift, options.dimensions);
    trimmed.videos.emplace(name, generator.annotated(script, "training"));
    if (on_video) on_video();
  }
  write_truth(root / "untrimmed.json", std::move(untrimmed));
  write_truth(root / "trimmed.json", std::move(trimmed));
}

}  // namespace zoetrope::data
