#include "zoetrope/data/captioning_set.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "zoetrope/core/error.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/metrics/text.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

void check_captions(const CaptionedVideo& video, const std::string& file) {
  if (video.id.empty() || video.id.find('/') != std::string::npos)
    throw Error::input("{}: '{}' is no name of a video: it holds a folder", file, shown(video.id));
  for (const std::string& caption : video.captions) {
    if (metrics::words_of(caption).empty())
      throw Error::input("{}: the video '{}' has a caption without a word, '{}'", file, shown(video.id),
                         shown(caption));
  }
}

// In the folder, or in the one of the video's subset, which `zoetrope render` calls "val" where MSR-VTT has
// "validate".
fs::path feature_file(const fs::path& folder, const CaptionedVideo& video, const std::string& captions) {
  const std::string name = video.id + ".npy";
  std::vector<fs::path> places = {folder / name};
  if (!video.subset.empty() && video.subset.find('/') == std::string::npos)
    places.push_back(folder / video.subset / name);
  if (video.subset == "validate") places.push_back(folder / "val" / name);
  std::error_code ignored;
  for (const fs::path& path : places) {
    if (fs::exists(path, ignored)) return path;
  }
  throw Error::input("{}: not there; {} names the video '{}'", places.front().string(), captions,
                     shown(video.id));
}

void find_features(const CaptioningOptions& options, CaptioningVideo& video, CaptioningSet& set) {
  const std::vector<std::string> streams =
      options.streams.empty() ? std::vector<std::string>{""} : options.streams;
  for (const std::string& stream : streams)
    video.streams.push_back(
        feature_file(options.features / stream, video.captioned, options.captions.string()));
  const CaptioningVideo& model = set.videos.empty() ? video : set.videos.front();
  const fs::path* other = nullptr;  // the stream whose length was seen before
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const FeatureFile file(video.streams[i], options.order);
    if (set.dimensions.size() == i) set.dimensions.push_back(file.num_dimensions());
    if (file.num_dimensions() != set.dimensions[i]) {
      throw Error::input("{}: {} numbers a frame, but {} has {}", file.name(), file.num_dimensions(),
                         model.streams[i].string(), set.dimensions[i]);
    }
    if (streams[i] == kTagStream) continue;
    const std::int64_t frames = file.num_frames(), known = other ? video.num_frames : frames;
    if (std::abs(frames - known) > options.max_length_difference) {
      throw Error::input(
          "{}: {} frames, but {} has {}; a max_length_difference of {} would cut both to the shorter",
          file.name(), frames, other->string(), known, std::abs(frames - known));
    }
    video.num_frames = std::min(frames, known);
    other = &video.streams[i];
  }
}

void check_options(const CaptioningOptions& options) {
  if (options.features.empty()) throw Error::usage("features is missing: the folder of the videos' features");
  const auto& streams = options.streams;
  const bool only_tags = !streams.empty() && std::ranges::count(streams, kTagStream) == std::ssize(streams);
  if (only_tags)
    throw Error::usage("streams: '{}' alone are nothing to look at; name the features' stream, too",
                       kTagStream);
}

}  // namespace

void describe(ConfigFields& f, CaptioningOptions& o) {
  f.field("captions", o.captions, "MSR-VTT's JSON: videos and their sentences");
  f.field("subset", o.subset, "train, validate, test; empty: all");
  f.field("features", o.features, "the folder of the features");
  f.field("streams", o.streams,
          "its folders, one a stream; 'tags' holds scores of tags; empty: one file a video");
  f.field("order", o.order, "sides of the feature files");
  f.field("max_length_difference", o.max_length_difference,
          "frames by which the streams of a video may differ; both are cut to the shorter")
      .at_least(0);
}

CaptionSet CaptioningSet::captions() const {
  CaptionSet set;
  for (const CaptioningVideo& video : videos) set.videos.push_back(video.captioned);
  return set;
}

CaptioningSet read_captioning_set(const CaptioningOptions& options) {
  check_options(options);
  CaptioningSet set;
  for (CaptionedVideo& each : read_caption_set(options.captions, options.subset).videos) {
    check_captions(each, options.captions.string());
    CaptioningVideo video;
    video.captioned = std::move(each);
    find_features(options, video, set);
    set.videos.push_back(std::move(video));
  }
  return set;
}

}  // namespace zoetrope::data
