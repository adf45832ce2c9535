#include "zoetrope/synthetic/sounds.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace zoetrope::synthetic {
namespace {

constexpr double kVoiceLevel = 0.35;
constexpr double kLowestPitch = 220;  // hertz
constexpr double kFade = 0.02;        // seconds: how fast a voice comes and goes, so that nothing clicks

/// How strong the second and third partial are beside the first.
std::array<double, 2> overtones(const ActionKind& kind) {
  if (kind.family == "translation") return {0.4, 0};
  if (kind.family == "rotation") return {0, 0.6};
  if (kind.family == "scaling") return {0.5, 0.3};
  if (kind.family == "articulation") return {0.8, 0.5};
  return {0, 0};
}

/// The voice of one action, sample by sample.
class Voice {
 public:
  explicit Voice(const ActionKind& kind)
      : kind_(kind),
        pitch_(kLowestPitch * std::exp2(static_cast<double>(&kind - all_actions().data()) / 5)),
        overtones_(overtones(kind)) {}

  double next(double cycle, double seconds) {
    phase_ += 2 * M_PI * pitch_ * std::exp2(0.5 * (cycle - 0.5)) * seconds;
    phase_ = std::fmod(phase_, 2 * M_PI);
    const bool struck = kind_.course != Course::kDrift && kind_.course != Course::kRamp;
    const double loudness = struck ? std::exp(-5 * cycle) : 0.7 - 0.3 * std::cos(2 * M_PI * cycle);
    const double tone =
        std::sin(phase_) + overtones_[0] * std::sin(2 * phase_) + overtones_[1] * std::sin(3 * phase_);
    return loudness * tone / (1 + overtones_[0] + overtones_[1]);
  }

 private:
  const ActionKind& kind_;
  double pitch_;
  std::array<double, 2> overtones_;
  double phase_ = 0;
};

/// Adds one performance over an act's moments.
void add_voice(const VideoScript& script, const WorldOptions& world, const Act& act,
               const Performance& performance, std::vector<float>& sound) {
  const ActionKind& seen = script.backwards ? find_action(performance.kind->reverse) : *performance.kind;
  const double rate = world.sound.sample_rate, fps = world.fps;
  const std::int64_t first = script.backwards ? script.num_frames - act.last : act.first;
  const double begin = static_cast<double>(first) / fps,
               length = static_cast<double>(act.last - act.first) / fps;
  Voice voice(seen);
  const auto from = static_cast<std::size_t>(std::ceil(begin * rate));
  for (std::size_t i = from; i < sound.size(); ++i) {
    const double seconds = static_cast<double>(i) / rate - begin;
    if (seconds >= length) break;
    const double cycle = cycle_at(performance, script.backwards ? length - seconds : seconds);
    const double fade = std::min({1.0, seconds / kFade, (length - seconds) / kFade});
    sound[i] +=
        static_cast<float>(kVoiceLevel * fade * voice.next(script.backwards ? 1 - cycle : cycle, 1 / rate));
  }
}

void add_noise(const VideoScript& script, const WorldOptions& world, std::vector<float>& sound) {
  Random random(world.seed, script.key + "/noise");
  const double level = 0.5 * kVoiceLevel * world.sound.noise;
  double low = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double seconds = static_cast<double>(i) / world.sound.sample_rate;
    const auto frame = std::min(static_cast<std::int64_t>(seconds * world.fps), script.num_frames - 1);
    const Shot& shot = shot_at(script, script.moment_of(frame));
    const double share = 1 - 0.97 * all_scenes()[shot.scene].rumble;
    low += share * (random.uniform(-1, 1) - low);
    const double even = std::sqrt((2 - share) / share);  // as loud whatever the share
    sound[i] += static_cast<float>(level * even * low);
  }
}

}  // namespace

std::vector<float> sound_of(const VideoScript& script, const WorldOptions& world) {
  const double seconds = static_cast<double>(script.num_frames) / world.fps;
  std::vector<float> sound(static_cast<std::size_t>(std::lround(seconds * world.sound.sample_rate)));
  for (const Act& act : script.acts) {
    if (act.main.kind == &background_action()) continue;
    add_voice(script, world, act, act.main, sound);
    if (act.second) add_voice(script, world, act, *act.second, sound);
  }
  add_noise(script, world, sound);
  Random random(world.seed, script.key + "/gain");
  const auto gain = static_cast<float>(random.uniform(0.6, 1));
  for (float& sample : sound) sample = std::clamp(gain * sample, -1.0F, 1.0F);
  return sound;
}

}  // namespace zoetrope::synthetic
