#include "zoetrope/inference/recognition.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "zoetrope/core/error.h"
#include "zoetrope/inference/preprocess.h"

namespace zoetrope::inference {
namespace {

constexpr const char* kClassification = "classification";
constexpr const char* kMultilabel = "multilabel";
constexpr const char* kMultitask = "multitask";

void check_options(const RecognitionOptions& o) {
  if (o.clips == 0) throw Error::usage("all clips of a video, one after another, are what a window is for");
  if (o.clips < 1) throw Error::usage("{} clips of a video are no views", o.clips);
  if (o.crops != 1 && o.crops != 3 && o.crops != 5 && o.crops != 10)
    throw Error::usage("{} crops are not known; take 1, 3, 5 or 10", o.crops);
  if (!(o.window >= 0 && o.stride >= 0))
    throw Error::usage("a window of {} s, one each {} s, cannot be made", o.window, o.stride);
  if (o.stride > 0 && o.window == 0) throw Error::usage("a stride needs a window: --window SECONDS");
  if (o.top_k < 1) throw Error::usage("top-k is at least 1, not {}", o.top_k);
}

/// Where a window's labels stand: windows that overlap share the time between their middles.
timeline::Segment span_of(const std::vector<PlannedClip>& spans, std::size_t i) {
  const auto middle = [&](std::size_t a, std::size_t b) { return (spans[a].start + spans[b].end) / 2; };
  timeline::Segment segment{.start = spans[i].start, .end = spans[i].end};
  if (i > 0 && spans[i - 1].end > segment.start) segment.start = middle(i, i - 1);
  if (i + 1 < spans.size() && spans[i + 1].start < segment.end) segment.end = middle(i + 1, i);
  return segment;
}

/// Of a clip's frames, in seconds.
double middle_of(const PlannedClip& clip, const std::vector<media::FrameTime>& times) {
  const auto at = [&](std::int64_t frame) { return times[static_cast<std::size_t>(frame)].pts; };
  return (at(clip.frames.front()) + at(clip.frames.back())) / 2;
}

/// The name, with a number where it is taken.
template <typename Item>
std::string free_name(const std::vector<Item>& items, const std::string& name) {
  std::string free = name;
  for (int n = 2; std::ranges::find(items, free, &Item::name) != items.end(); ++n)
    free = fmt::format("{} {}", name, n);
  return free;
}

}  // namespace

void set_views(RecognitionOptions& options, const std::string& views) {
  const char* const end = views.data() + views.size();
  auto clips = std::from_chars(views.data(), end, options.clips);
  if (views.starts_with("all")) {
    options.clips = 0;
    clips = {views.data() + 3, std::errc()};
  }
  const bool times = clips.ec == std::errc() && clips.ptr < end && *clips.ptr == 'x';
  const auto crops = times ? std::from_chars(clips.ptr + 1, end, options.crops) : clips;
  const bool any = views.starts_with("all") || options.clips > 0;
  if (!times || !any || crops.ec != std::errc() || crops.ptr != end) {
    throw Error::usage("views '{}': expected CLIPSxCROPS, such as 10x3 or allx1", views);
  }
}

std::string name_of(const bundle::Bundle& bundle) {
  std::filesystem::path folder = bundle.folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  // Those of a run are called by its name.
  const bool of_run = folder.filename() == "best" || folder.filename() == "last";
  if (of_run && folder.has_parent_path()) folder = folder.parent_path();
  return folder.filename().string();
}

Recognizer::Recognizer(std::vector<bundle::Bundle> bundles, RecognitionOptions options)
    : bundles_(std::move(bundles)), options_(options) {
  check_options(options_);
  if (options_.stride == 0) options_.stride = options_.window;
  for (const bundle::Bundle& bundle : bundles_) {
    const std::string& task = bundle.config.task;
    if (task != kClassification && task != kMultilabel && task != kMultitask) {
      throw Error::model("{}: its task '{}' labels no video; {}, {} and {} do", bundle.folder.string(), task,
                         kClassification, kMultilabel, kMultitask);
    }
    heads_.push_back(bundle::heads_of(bundle));
    engines_.emplace_back(bundle.model);
  }
}

std::vector<Recognizer::Scores> Recognizer::score(const media::VideoReader& reader, std::int64_t& lost,
                                                  const FrameProgress& progress) {
  const bool whole = options_.window == 0;
  std::vector<ClipRequest> requests;
  std::vector<Scores> scores(bundles_.size());
  for (std::size_t i = 0; i < bundles_.size(); ++i) {
    const bundle::Preprocessing& preprocessing = bundles_[i].config.preprocessing;
    const ClipTiming timing = timing_of(preprocessing);
    std::vector<PlannedClip> clips =
        whole ? plan_views(reader.frame_times(), timing, options_.clips)
              : plan_windows(reader.frame_times(), timing, options_.window, options_.stride);
    scores[i].spans = whole ? std::vector<PlannedClip>{clips.front()} : clips;
    requests.push_back({std::move(clips), [&preprocessing](const torch::Tensor& rgb) {
                          return prepare_frame(rgb, preprocessing);
                        }});
  }
  std::vector<std::vector<torch::Tensor>> rows(bundles_.size());
  lost = stream_clips(
      reader, requests,
      [&](std::size_t i, std::size_t clip, const torch::Tensor& frames) {
        const torch::Tensor clips = make_clips(frames, bundles_[i].config.preprocessing, options_.crops);
        rows[i].push_back(probabilities_of(i, logits_of(i, clips, scores[i])).mean(0));
        if (scores[i].use.size() > scores[i].use_times.size())
          scores[i].use_times.push_back(middle_of(requests[i].clips[clip], reader.frame_times()));
      },
      progress);
  for (std::size_t i = 0; i < bundles_.size(); ++i) {
    const torch::Tensor all = torch::stack(rows[i]);
    if (!torch::isfinite(all).all().item<bool>())
      throw Error::model("{}: gives scores that are no numbers; its weights are broken",
                         name_of(bundles_[i]));
    scores[i].probabilities = whole ? all.mean(0, /*keepdim=*/true) : all;
  }
  return scores;
}

std::string Recognizer::description_of(const bundle::Bundle& bundle) const {
  const std::string spans =
      options_.window > 0 ? fmt::format("of windows of {} s, one each {} s", options_.window, options_.stride)
                          : fmt::format("of the whole video, from {} {}", options_.clips,
                                        options_.clips == 1 ? "clip" : "clips");
  const std::string& said = bundle.config.provenance.notes;
  const std::string notes = said.empty() ? "" : "; " + said;
  return fmt::format("labels {}, {} {}; the {} of highest probability{}{}", spans, options_.crops,
                     options_.crops == 1 ? "crop" : "crops", options_.top_k,
                     options_.threshold ? fmt::format(", from {} on", *options_.threshold) : "", notes);
}

bool Recognizer::has_recognized(const timeline::Timeline& timeline) const {
  return std::ranges::all_of(bundles_, [&](const bundle::Bundle& bundle) {
    return std::ranges::any_of(timeline.tracks, [&](const timeline::Track& track) {
      return track.source.sha256 == bundle.config.weights.sha256 &&
             track.description == description_of(bundle);
    });
  });
}

torch::Tensor Recognizer::logits_of(std::size_t index, const torch::Tensor& clips, Scores& scores) {
  Engine& engine = engines_[index];
  try {
    if (!engine.adapts()) return engine.run(clips).front().second;
    NetworkUse use;
    const models::NamedTensors outputs = engine.run(clips, use);
    scores.use.push_back(use.share());
    return outputs.front().second;
  } catch (const Error& error) {
    throw Error(error.kind(), name_of(bundles_[index]) + ": " + error.what());
  }
}

torch::Tensor Recognizer::probabilities_of(std::size_t index, const torch::Tensor& logits) const {
  const std::vector<bundle::HeadSection>& heads = heads_[index];
  const auto activate = [](const bundle::HeadSection& head, const torch::Tensor& outputs) {
    return head.task == kClassification ? outputs.softmax(1) : outputs.sigmoid();
  };
  // A model without the option num_classes says only by its outputs how many there are.
  if (heads.size() == 1) return activate(heads.front(), logits);
  std::vector<torch::Tensor> probabilities;
  std::int64_t first = 0;
  for (const bundle::HeadSection& head : heads) {
    probabilities.push_back(activate(head, logits.narrow(1, first, head.outputs)));
    first += head.outputs;
  }
  return torch::cat(probabilities, 1);
}

double Recognizer::threshold_of(const bundle::BundleConfig& config, std::size_t output) const {
  if (options_.threshold) return *options_.threshold;
  return config.thresholds.empty() ? 0 : config.thresholds[output];
}

std::vector<timeline::Track> Recognizer::make_tracks(std::size_t index, const Scores& scores) const {
  const bundle::Bundle& bundle = bundles_[index];
  std::vector<timeline::Track> tracks;
  std::int64_t first = 0;
  for (const bundle::HeadSection& head : heads_[index]) {
    const std::int64_t outputs = heads_[index].size() == 1 ? scores.probabilities.size(1) : head.outputs;
    timeline::Track track{.name = head.name.empty() ? name_of(bundle) : head.name,
                          .description = description_of(bundle),
                          .source = {.name = name_of(bundle), .sha256 = bundle.config.weights.sha256}};
    for (std::size_t i = 0; i < scores.spans.size(); ++i) {
      const torch::Tensor row = scores.probabilities[static_cast<std::int64_t>(i)].narrow(0, first, outputs);
      const auto [values, ids] = row.topk(std::min(options_.top_k, outputs));
      for (std::int64_t k = 0; k < values.size(0); ++k) {
        timeline::Segment segment = span_of(scores.spans, i);
        segment.score = values[k].item<double>();
        segment.label_id = ids[k].item<std::int64_t>();
        const auto label = static_cast<std::size_t>(first + segment.label_id);
        if (*segment.score < threshold_of(bundle.config, label)) continue;
        segment.label =
            bundle.labels.empty() ? fmt::format("class {}", segment.label_id) : bundle.labels[label];
        track.segments.push_back(std::move(segment));
      }
    }
    first += outputs;
    tracks.push_back(std::move(track));
  }
  return tracks;
}

timeline::Curve Recognizer::make_use_curve(std::size_t index, const Scores& scores) const {
  const bundle::Bundle& bundle = bundles_[index];
  timeline::Curve curve;
  curve.name = "network use, " + name_of(bundle);
  curve.description =
      "How much the network computed for each clip, of what it computes where it keeps every frame "
      "(multiply-adds)";
  curve.unit = "%";
  curve.source = {.name = name_of(bundle), .sha256 = bundle.config.weights.sha256};
  curve.times = scores.use_times;
  for (const double share : scores.use) curve.values.push_back(100 * share);
  return curve;
}

void Recognizer::recognize(const media::VideoReader& reader, timeline::Timeline& timeline,
                           const FrameProgress& progress) {
  std::int64_t lost = 0;
  const std::vector<Scores> scores = score(reader, lost, progress);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (timeline::Track& track : make_tracks(i, scores[i])) {
      // Two bundles of one name, or one called as a track that is there.
      track.name = free_name(timeline.tracks, track.name);
      timeline.tracks.push_back(std::move(track));
    }
    if (scores[i].use.empty()) continue;
    timeline::Curve curve = make_use_curve(i, scores[i]);
    curve.name = free_name(timeline.curves, curve.name);
    timeline.curves.push_back(std::move(curve));
  }
  if (lost > 0) {
    timeline.warnings.push_back(fmt::format(
        "{} frames that the models wanted cannot be decoded; their neighbours stand for them", lost));
  }
}

}  // namespace zoetrope::inference
