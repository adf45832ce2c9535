#include "zoetrope/inference/recognition.h"

#include <gmock/gmock.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/inference/features.h"
#include "zoetrope/inference/preprocess.h"
#include "zoetrope/media/transforms.h"

namespace zoetrope::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A small untrained network with ten classes, as bundles come from a folder.
bundle::Bundle make_bundle(const std::string& name, const std::string& task = "classification",
                           unsigned seed = 3) {
  torch::manual_seed(seed);
  bundle::Bundle bundle;
  bundle.folder = "bundles/" + name;
  ConfigValue options{ConfigTable{}};
  apply_override(options, "num_classes=10");
  apply_override(options, "widen_factor=0.125");
  bundle.model = models::make_model("resnet3d_18", options);
  bundle.model->eval();
  bundle.config.task = task;
  bundle.config.model = {.name = "resnet3d_18", .options = {{"num_classes", ConfigValue{std::int64_t{10}}}}};
  bundle.config.weights.sha256 = std::string(64, static_cast<char>('a' + seed % 6));
  bundle.config.preprocessing = {.frames = 8, .stride = 2, .short_side = 40, .crop = 32};
  for (int i = 0; i < 10; ++i) bundle.labels.push_back("label " + std::to_string(i));
  return bundle;
}

std::vector<bundle::Bundle> bundles_of(bundle::Bundle bundle) {
  std::vector<bundle::Bundle> bundles;
  bundles.push_back(std::move(bundle));
  return bundles;
}

std::vector<Recognizer::Scores> scores_of(std::vector<bundle::Bundle> bundles,
                                          const RecognitionOptions& options,
                                          const media::VideoReader& reader) {
  std::int64_t lost = 0;
  Recognizer recognizer(std::move(bundles), options);
  return recognizer.score(reader, lost);
}

TEST(Recognition, AVideosScoresAreTheMeanOverItsViewsByHand) {
  media::VideoReader reader(test::sample_video("part_0.mp4"));
  const bundle::Bundle bundle = make_bundle("a");
  const bundle::Preprocessing& p = bundle.config.preprocessing;
  torch::Tensor sum = torch::zeros({10});
  const torch::NoGradGuard no_grad;
  for (const media::FrameIndices& indices :
       media::spread_clips(reader.num_frames(), 4, {.frames = 8, .stride = 2})) {
    torch::Tensor frames = reader.frames_at(indices).rgb.to(torch::kFloat32);
    frames = media::resize_short_side(frames, p.short_side, {.antialias = false});
    for (const torch::Tensor& crop : media::three_crops(frames, p.crop, p.crop, media::CropRounding::kUp)) {
      const torch::Tensor clip = media::frames_to_clip((crop / 255 - 0.45) / 0.225).unsqueeze(0);
      sum += bundle.model->forward(clip).softmax(1)[0];
    }
  }
  const auto scores = scores_of(bundles_of(make_bundle("a")), {.clips = 4, .crops = 3}, reader);
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_TRUE(torch::allclose(scores[0].probabilities, (sum / 12).unsqueeze(0), 1e-4, 1e-6));
}

TEST(Recognition, AWindowsScoresDependOnItAlone) {
  const media::VideoReader reader(test::sample_video("nasa_13013.mp4"));
  const auto all = scores_of(bundles_of(make_bundle("a")), {.window = 2}, reader);
  // Every second window is also one of those that begin each second.
  const auto dense = scores_of(bundles_of(make_bundle("a")), {.window = 2, .stride = 1}, reader);
  for (std::int64_t i = 0; i < all[0].probabilities.size(0); ++i) {
    EXPECT_EQ(all[0].spans[static_cast<std::size_t>(i)].start,
              dense[0].spans[static_cast<std::size_t>(2 * i)].start);
    EXPECT_TRUE(torch::equal(all[0].probabilities[i], dense[0].probabilities[2 * i])) << i;
  }
}

TEST(Recognition, BundlesTogetherGiveWhatEachGivesAlone) {
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  std::vector<bundle::Bundle> both = bundles_of(make_bundle("a"));
  both.push_back(make_bundle("b", "multilabel", 4));
  both[1].config.preprocessing.frames = 4;
  bundle::Bundle second = make_bundle("b", "multilabel", 4);
  second.config.preprocessing.frames = 4;
  const auto together = scores_of(std::move(both), {.clips = 2}, reader);
  EXPECT_TRUE(torch::equal(together[0].probabilities,
                           scores_of(bundles_of(make_bundle("a")), {.clips = 2}, reader)[0].probabilities));
  EXPECT_TRUE(torch::equal(together[1].probabilities,
                           scores_of(bundles_of(std::move(second)), {.clips = 2}, reader)[0].probabilities));
  EXPECT_NEAR(together[0].probabilities.sum().item<double>(), 1, 1e-5);
  EXPECT_GT(together[1].probabilities.sum().item<double>(), 2);  // ten sigmoids near a half
}

TEST(Recognition, TracksJoinTheTimeline) {
  const media::VideoReader reader(test::sample_video("nasa_13013.mp4"));
  Recognizer recognizer(bundles_of(make_bundle("sports")), {.window = 4, .stride = 2, .top_k = 3});
  timeline::Timeline timeline;
  timeline.tracks.push_back({.name = "sports"});
  EXPECT_FALSE(recognizer.has_recognized(timeline));
  recognizer.recognize(reader, timeline);
  ASSERT_EQ(timeline.tracks.size(), 2U);
  const timeline::Track& track = timeline.tracks[1];
  EXPECT_EQ(track.name, "sports 2");
  EXPECT_EQ(track.source.name, "sports");
  EXPECT_TRUE(recognizer.has_recognized(timeline));
  ASSERT_EQ(track.segments.size() % 3, 0U);
  // Windows of 4 s each 2 s: their labels share the time, without gap or overlap.
  double end = 0;
  for (std::size_t i = 0; i < track.segments.size(); ++i) {
    const timeline::Segment& segment = track.segments[i];
    EXPECT_EQ(segment.label, "label " + std::to_string(segment.label_id));
    if (i % 3 == 0) {
      EXPECT_NEAR(segment.start, end, 1e-9);
      end = segment.end;
    } else {
      EXPECT_EQ(segment.start, track.segments[i - 1].start);
      EXPECT_LE(*segment.score, *track.segments[i - 1].score);
    }
  }
  EXPECT_NEAR(end, 13.013, 1e-3);
  timeline::validate(timeline);
}

/// One that keeps as many frames as a clip has to tell.
bundle::Bundle make_adaptive_bundle(const std::string& name) {
  bundle::Bundle bundle = make_bundle(name);
  ConfigValue options{ConfigTable{}};
  apply_override(options, "num_classes=10");
  apply_override(options, "width=4");
  torch::manual_seed(5);
  bundle.model = models::make_model("atfr_resnet3d_18", options);
  bundle.model->eval();
  return bundle;
}

TEST(Recognition, AnAdaptiveNetworkTellsHowMuchOfItWasUsed) {
  const media::VideoReader reader(test::sample_video("nasa_13013.mp4"));
  std::vector<bundle::Bundle> bundles = bundles_of(make_adaptive_bundle("slim"));
  bundles.push_back(make_bundle("other"));
  bundles.push_back(make_adaptive_bundle("slim"));
  Recognizer recognizer(std::move(bundles), {.window = 2});
  timeline::Timeline timeline;
  recognizer.recognize(reader, timeline);
  timeline::validate(timeline);
  ASSERT_EQ(timeline.tracks.size(), 3U);
  ASSERT_EQ(timeline.curves.size(), 2U);
  const timeline::Curve& use = timeline.curves[0];
  EXPECT_EQ(use.name, "network use, slim");
  EXPECT_EQ(timeline.curves[1].name, "network use, slim 2");
  EXPECT_EQ(timeline.curves[1].values, use.values);
  EXPECT_EQ(use.source.sha256, timeline.tracks[0].source.sha256);
  ASSERT_EQ(use.values.size(), timeline.tracks[0].segments.size() / 5);
  for (std::size_t i = 0; i < use.values.size(); ++i) {
    const timeline::Segment& window = timeline.tracks[0].segments[5 * i];
    EXPECT_TRUE(window.start < use.times[i] && use.times[i] < window.end) << i;
    EXPECT_GT(use.values[i], 0);
    EXPECT_LE(use.values[i], 100);
  }
}

TEST(Recognition, WhatStandsStillUsesLessOfAnAdaptiveNetwork) {
  const bundle::Bundle bundle = make_adaptive_bundle("slim");
  Engine engine(bundle.model);
  ASSERT_TRUE(engine.adapts());
  torch::manual_seed(6);
  const torch::Tensor moving = torch::rand({2, 3, 8, 32, 32});
  NetworkUse of_moving, of_still;
  const torch::Tensor logits = engine.run(moving, of_moving).front().second;
  EXPECT_TRUE(logits.equal(engine.run(moving).front().second));
  (void)engine.run(torch::zeros_like(moving), of_still);
  EXPECT_EQ(of_still.bins, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(of_still.all_bins, 8);
  EXPECT_LT(of_still.share(), of_moving.share());
  EXPECT_LE(of_moving.share(), 1);
  EXPECT_EQ(of_still.all_multiply_adds, of_moving.all_multiply_adds);
  // Sampling goes on as before.
  EXPECT_TRUE(logits.equal(engine.run(moving).front().second));
  NetworkUseSums sums;
  sums.add(of_moving);
  sums.add(of_still);
  EXPECT_EQ(sums.clips, 4);
  EXPECT_THAT(format_use(sums), HasSubstr(" of 8\n"));
  EXPECT_THAT(format_bins(sums), HasSubstr("         1 maps      2  ####"));
}

TEST(Recognition, OptionsThatFitNothingAreRefused) {
  RecognitionOptions options;
  set_views(options, "4x3");
  EXPECT_EQ(options.clips, 4);
  EXPECT_EQ(options.crops, 3);
  EXPECT_THROW(set_views(options, "4"), Error);
  EXPECT_THROW(set_views(options, "4x3x2"), Error);
  EXPECT_THROW(Recognizer(bundles_of(make_bundle("a")), {.crops = 2}), Error);
  EXPECT_THROW(Recognizer(bundles_of(make_bundle("a")), {.stride = 2}), Error);
  try {
    Recognizer(bundles_of(make_bundle("a", "detection")), {});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("'detection' labels no video"));
  }
}

TEST(Preprocess, IsWhatItSaysByHand) {
  // One pixel a crop: (value / 255 - mean) / std, in the order of the channels.
  const torch::Tensor frames =
      torch::tensor({255, 51, 0}, torch::kUInt8).view({1, 1, 1, 3}).expand({2, 1, 1, 3});
  bundle::Preprocessing p{.frames = 2, .short_side = 1, .crop = 1};
  p.mean = {0.5, 0.1, 0};
  p.std = {0.5, 0.1, 2};
  const torch::Tensor clip = make_clips(frames, p);
  EXPECT_THAT(clip.sizes().vec(), ElementsAre(1, 3, 2, 1, 1));
  EXPECT_TRUE(
      torch::allclose(clip.flatten(), torch::tensor({1.0, 1.0, 1.0, 1.0, 0.0, 0.0}, torch::kFloat32)));
  p.channels = bundle::ChannelOrder::kBgr;
  EXPECT_TRUE(torch::allclose(make_clips(frames, p).flatten(),
                              torch::tensor({-1.0, -1.0, 1.0, 1.0, 0.5, 0.5}, torch::kFloat32)));
}

TEST(Recognition, AMultitaskBundleGivesATrackForEachHead) {
  bundle::Bundle bundle = make_bundle("a", "multitask");
  const std::int64_t classes = bundle::num_classes_of(bundle.config.model);
  ASSERT_GT(classes, 3);
  bundle.config.heads = {{.name = "scene", .outputs = 3},
                         {.name = "tags", .task = "multilabel", .outputs = classes - 3}};
  Recognizer recognizer(bundles_of(std::move(bundle)), {.clips = 2, .top_k = 100});
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  timeline::Timeline timeline;
  recognizer.recognize(reader, timeline);
  ASSERT_EQ(timeline.tracks.size(), 2U);
  EXPECT_EQ(timeline.tracks[0].name, "scene");
  EXPECT_EQ(timeline.tracks[1].name, "tags");
  ASSERT_EQ(timeline.tracks[0].segments.size(), 3U);
  ASSERT_EQ(std::ssize(timeline.tracks[1].segments), classes - 3);
  double sum = 0;
  for (const timeline::Segment& segment : timeline.tracks[0].segments) sum += *segment.score;
  EXPECT_NEAR(sum, 1, 1e-5) << "scenes exclude one another";
  for (const timeline::Segment& segment : timeline.tracks[1].segments)
    EXPECT_LT(segment.label_id, classes - 3);
}

TEST(Recognition, LabelsThatGoTogetherAreSaidFromTheirOwnThresholds) {
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  bundle::Bundle bundle = make_bundle("tags", "multilabel");
  bundle.config.thresholds.assign(10, 1);
  bundle.config.thresholds[4] = 0;
  const auto segments = [&](const RecognitionOptions& options) {
    timeline::Timeline timeline;
    Recognizer(bundles_of(bundle), options).recognize(reader, timeline);
    return timeline.tracks.at(0).segments;
  };
  const auto own = segments({.clips = 1, .top_k = 10});
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].label, "label 4");
  EXPECT_EQ(segments({.clips = 1, .top_k = 10, .threshold = 0}).size(), 10U);
}

TEST(Recognition, BrokenWeightsAreNamed) {
  bundle::Bundle bundle = make_bundle("a");
  const torch::NoGradGuard no_grad;
  bundle.model->parameters().back().fill_(std::numeric_limits<float>::quiet_NaN());
  Recognizer recognizer(bundles_of(std::move(bundle)), {.clips = 1});
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  std::int64_t lost = 0;
  try {
    (void)recognizer.score(reader, lost);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("a: gives scores that are no numbers"));
  }
}

TEST(Features, AreColumnsOfTheLayerAndAreNotMadeTwice) {
  const test::TemporaryFolder folder;
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  FeatureExtractor extractor(make_bundle("a"), {.window = 4, .stride = 8});
  const std::filesystem::path npy = folder.file("out/part_0.npy");
  EXPECT_FALSE(extractor.is_done(reader, npy));
  const torch::Tensor features = extractor.write(reader, npy);
  EXPECT_EQ(features.size(0), 64);  // 512 channels at an eighth
  EXPECT_EQ(features.size(1), (reader.num_frames() + 7) / 8);
  EXPECT_TRUE(extractor.is_done(reader, npy));
  const media::VideoReader other(test::sample_video("test.avi"));
  EXPECT_FALSE(extractor.is_done(other, npy));
  EXPECT_FALSE(FeatureExtractor(make_bundle("a"), {.window = 4, .stride = 4}).is_done(reader, npy));

  std::int64_t lost = 0;
  FeatureExtractor layer(make_bundle("a"), {.layer = "layer2", .window = 4, .stride = 8});
  EXPECT_EQ(layer.extract(reader, lost).size(0), 16);
  try {
    FeatureExtractor(make_bundle("a"), {.layer = "layr2", .window = 4, .stride = 8});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no layer 'layr2'; did you mean 'layer2'?"));
  }
}

}  // namespace
}  // namespace zoetrope::inference
