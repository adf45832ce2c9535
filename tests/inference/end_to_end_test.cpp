// A checkpoint becomes a bundle, the bundle labels a real clip, and the scores are those of the network that
// the checkpoint was of.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/bundle/import.h"
#include "zoetrope/inference/preprocess.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/models/state.h"
#include "zoetrope/parity/rule.h"

namespace zoetrope::inference {
namespace {

TEST(EndToEnd, ACheckpointIsImportedAndLabelsAClip) {
  const test::TemporaryFolder folder;
  ConfigValue options{ConfigTable{}};
  apply_override(options, "num_classes=12");
  apply_override(options, "widen_factor=0.25");
  const std::shared_ptr<models::Model> network = models::make_model("resnet3d_18", options);
  network->eval();
  parity::fill_by_rule(models::state_of(*network));
  models::save_state(*network, folder.file("checkpoint.safetensors"));

  std::vector<std::string> labels;
  for (int i = 0; i < 12; ++i) labels.push_back("class " + std::to_string(i));
  ConfigValue clips{ConfigTable{}};
  for (const char* assignment : {"stride=2", "short_side=72", "crop=56"}) apply_override(clips, assignment);
  bundle::import_checkpoint(folder.file("checkpoint.safetensors"), folder.file("bundle"),
                            {.model = {.name = "resnet3d_18", .options = std::get<ConfigTable>(options.data)},
                             .labels = labels,
                             .preprocessing = std::get<ConfigTable>(clips.data)});

  media::VideoReader reader(test::sample_video("nasa_13013.mp4"));
  std::vector<bundle::Bundle> bundles;
  bundles.push_back(bundle::load_bundle(folder.file("bundle")));
  const bundle::Preprocessing preprocessing = bundles[0].config.preprocessing;
  EXPECT_EQ(preprocessing.frames, 16) << "as published";
  EXPECT_TRUE(preprocessing.antialias);
  Recognizer recognizer(std::move(bundles), {.window = 4, .top_k = 12});
  timeline::Timeline timeline;
  recognizer.recognize(reader, timeline);
  ASSERT_EQ(timeline.tracks.size(), 1U);

  const torch::NoGradGuard no_grad;
  const auto plan = plan_windows(reader.frame_times(), timing_of(preprocessing), 4, 4);
  ASSERT_EQ(timeline.tracks[0].segments.size(), plan.size() * 12);
  for (std::size_t i = 0; i < timeline.tracks[0].segments.size(); ++i) {
    const timeline::Segment& segment = timeline.tracks[0].segments[i];
    std::vector<torch::Tensor> frames;
    for (const std::int64_t index : plan[i / 12].frames)
      frames.push_back(prepare_frame(reader.frames_at({index}).rgb[0], preprocessing));
    const torch::Tensor scores = network->forward(make_clips(torch::stack(frames), preprocessing)).softmax(1);
    EXPECT_NEAR(*segment.score, scores[0][segment.label_id].item<double>(), 1e-4) << i;
    EXPECT_EQ(segment.label, labels[static_cast<std::size_t>(segment.label_id)]);
  }
}

}  // namespace
}  // namespace zoetrope::inference
