// Networks that adapt their temporal resolution to the clip: every family by the one option, packed and padded.
#include "zoetrope/models/adaptive.h"

#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/multiply_adds.h"

namespace zoetrope::models {
namespace {

struct Family {
  std::string name;
  std::vector<std::string> options;
  bool mixes_time =
      false;  // before it samples, with zeros beyond the ends: there, a clip that stands still moves
};

// Each small.
const std::vector<Family> kFamilies = {
    {"atfr_resnet3d_18", {}, true},
    {"i3d_r50", {"depth=18", "stem_dim_out=8"}},
    {"r2plus1d_r50", {"depth=18", "stem_dim_out=8"}},
    {"csn_r101", {"depth=18", "stem_dim_out=8"}},
    {"x3d_s", {"width_factor=1.0", "depth_factor=1.0", "head_dim_out=32"}},
    {"slowfast_r50", {"depth=18", "stem_dim_outs=[16,2]"}, true},
    {"r3d_18", {}, true},
    {"resnet3d_18", {"widen_factor=0.125"}, true},
    {"i3d_rgb", {}, true},
    {"hatnet_18", {"depth=10", "widen_factor=0.25", "max_pool=true"}, true},
};

// Away from where networks begin: many with branches that give nothing but zeros.
void stir(Model& model) {
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model.parameters()) {
    if (parameter.dim() > 1) continue;
    parameter.add_(torch::randn_like(parameter) / 5);
  }
  for (torch::Tensor& statistic : model.buffers()) {
    if (statistic.is_floating_point()) statistic.add_(torch::rand_like(statistic) / 5);
  }
}

std::shared_ptr<Model> adaptive(const Family& family, const std::string& kind = "similarity",
                                const std::vector<std::string>& more = {}) {
  std::vector<std::string> options = family.options;
  options.insert(options.end(), {"num_classes=5", "adaptive.kind=\"" + kind + "\""});
  options.insert(options.end(), more.begin(), more.end());
  torch::manual_seed(11);
  std::shared_ptr<Model> model = make_with(family.name, options);
  stir(*model);
  return model;
}

// Three clips, of which the second stands still.
torch::Tensor clips() {
  torch::manual_seed(12);
  torch::Tensor clips = torch::rand({3, 3, 16, 48, 48});
  clips[1] = clips[1].narrow(1, 0, 1).expand_as(clips[1]).clone();
  return clips;
}

class Adaptive : public ::testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] static const Family& family() { return kFamilies[GetParam()]; }
};

TEST_P(Adaptive, PackedClipsAreWhatTheyAreAlone) {
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<Model> packed = adaptive(family());
  const std::shared_ptr<Model> padded = adaptive(family(), "similarity", {"adaptive.execution=\"padded\""});
  const torch::Tensor all = clips();
  const NamedTensors outputs = packed->run(packed->inputs_of(all));
  const torch::Tensor bins = output(outputs, "bins").reshape({3, -1});
  if (!family().mixes_time) {
    EXPECT_LT(bins[1].sum().item<std::int64_t>(), bins[0].sum().item<std::int64_t>());
  }
  const torch::Tensor together = padded->forward(all);
  const torch::Tensor longest = (bins == std::get<0>(bins.max(0, /*keepdim=*/true))).all(1);
  if (bins.size(1) == 1) {  // of two pathways, the longest need not be one clip
    EXPECT_TRUE(longest.any().item<bool>());
  }
  for (std::int64_t i = 0; i < 3; ++i) {
    const torch::Tensor one = all.narrow(0, i, 1);
    if (longest[i].item<bool>()) {  // of the padded batch, it has no zeros
      EXPECT_TRUE(torch::allclose(together.narrow(0, i, 1), outputs[0].second.narrow(0, i, 1), 1e-3, 1e-5));
    }
    EXPECT_TRUE(torch::allclose(outputs[0].second.narrow(0, i, 1), packed->forward(one), 1e-3, 1e-5));
  }
}

// Where clips keep equally many maps, no zeros are padded, and both executions are one.
TEST_P(Adaptive, PackedIsPaddedWhereAllKeepEquallyMany) {
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<Model> packed = adaptive(family());
  const std::shared_ptr<Model> padded = adaptive(family(), "similarity", {"adaptive.execution=\"padded\""});
  const torch::Tensor same = clips().narrow(0, 0, 1).repeat({3, 1, 1, 1, 1});
  const torch::Tensor together = padded->forward(same);
  EXPECT_TRUE(torch::allclose(together, packed->forward(same), 1e-3, 1e-5));
  EXPECT_TRUE(
      torch::allclose(together.narrow(0, 0, 1), packed->forward(clips().narrow(0, 0, 1)), 1e-3, 1e-5));
}

// What a clip costs, and the maps that it keeps, over all pathways.
struct Kept {
  std::int64_t multiply_adds = 0, bins = 0;
};

Kept kept_of(Model& model, std::int64_t clip) {
  const torch::NoGradGuard no_grad;
  const std::vector<torch::Tensor> inputs = model.inputs_of(clips().narrow(0, clip, 1));
  return {count_multiply_adds(model, inputs).multiply_adds,
          output(model.run(inputs), "bins").sum().item<std::int64_t>()};
}

TEST_P(Adaptive, AsMuchIsComputedAsIsKept) {
  const std::shared_ptr<Model> model = adaptive(family());
  const std::shared_ptr<Model> one_bin = adaptive(family(), "similarity", {"adaptive.sampling.bins=[1]"});
  for (std::int64_t clip = 0; clip < 3; ++clip) {
    const Kept own = kept_of(*model, clip), least = kept_of(*one_bin, clip);
    EXPECT_EQ(least.bins, family().name == "slowfast_r50" ? 2 : 1);
    EXPECT_GT(own.bins, least.bins);
    EXPECT_GT(own.multiply_adds, least.multiply_adds);
  }
}

TEST_P(Adaptive, AdaptsAfterAnyStage) {
  std::int64_t before = 0;
  for (const std::string place : {"stem", "res2", "res3", "res4"}) {
    SCOPED_TRACE(place);
    const std::shared_ptr<Model> model =
        adaptive(family(), "similarity", {"adaptive.sampling.bins=[1]", "adaptive.after=\"" + place + "\""});
    const Kept kept = kept_of(*model, 0);
    EXPECT_EQ(kept.bins, family().name == "slowfast_r50" ? 2 : 1);
    EXPECT_GT(kept.multiply_adds, before);  // the later, the less is saved
    before = kept.multiply_adds;
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::isfinite(model->forward(clips())).all().item<bool>());
  }
}

TEST_P(Adaptive, AttentionKeepsEveryFrame) {
  const torch::NoGradGuard no_grad;
  std::vector<std::string> head;  // of these, the published one pools the native clip's last map
  if (family().name == "i3d_rgb" || family().name == "i3d_r50" || family().name == "r2plus1d_r50" ||
      family().name == "csn_r101" || family().name == "slowfast_r50") {
    head = {"head_pool=\"adaptive\""};
  } else if (family().name == "x3d_s") {
    head = {"input_clip_length=16", "input_crop_size=48"};
  }
  const std::shared_ptr<Model> model = adaptive(family(), "attention", head);
  const torch::Tensor bins = output(model->run(model->inputs_of(clips())), "bins").reshape({3, -1});
  EXPECT_TRUE(bins[1].equal(bins[0]));
}

// Gradients reach the weights of such a layer.
void expect_learns(const std::shared_ptr<Model>& model, const std::string& layer) {
  model->train();
  model->forward(clips()).square().sum().backward();
  std::int64_t weights = 0;
  for (const auto& item : model->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    if (item.key().find(layer) == std::string::npos || item.value().dim() < 2) continue;
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0) << item.key();
    ++weights;
  }
  EXPECT_GT(weights, 0);
}

TEST_P(Adaptive, LearnsWhatIsAlike) {
  expect_learns(adaptive(family()), "ts_layer.fc.");
}

TEST_P(Adaptive, LearnsWithOtherBins) {
  const std::shared_ptr<Model> few = adaptive(family(), "similarity", {"adaptive.sampling.bins=[3]"});
  expect_learns(few, "ts_layer.fc.");
  EXPECT_LE(output(few->run(few->inputs_of(clips())), "bins").max().item<std::int64_t>(), 3);
}

INSTANTIATE_TEST_SUITE_P(Families, Adaptive, ::testing::Range<std::size_t>(0, kFamilies.size()),
                         [](const auto& test) { return kFamilies[test.param].name; });

TEST(AdaptiveAttention, Learns) {
  for (const std::size_t i : {0, 7, 9}) {
    SCOPED_TRACE(kFamilies[i].name);
    expect_learns(adaptive(kFamilies[i], "attention"), "attn_layer.conv");
  }
}

TEST(AdaptiveStages, OfUnequalClipsEndInZeros) {
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<Model> model = adaptive(kFamilies[0]);
  Stages stages;
  torch::Tensor all = clips();
  all[1].zero_();
  const torch::Tensor bins = output(model->run({all}, &stages), "bins");
  const std::int64_t least = bins[1].item<std::int64_t>();
  const torch::Tensor last = stages.kept().back().second;
  ASSERT_EQ(last.size(0), 3);
  ASSERT_GT(last.size(2), least);
  EXPECT_EQ(last[1].narrow(1, least, last.size(2) - least).abs().max().item<float>(), 0);
  const torch::Tensor longest = last[bins.argmax().item<std::int64_t>()];
  EXPECT_GT(longest.narrow(1, least, last.size(2) - least).abs().max().item<float>(), 0);
}

struct Learnt {
  NamedTensors outputs, gradients, buffers;
  std::int64_t multiply_adds = 0;
};

// Three small clips, of which the second is black.
torch::Tensor small_clips() {
  torch::Tensor small = clips().narrow(3, 0, 24).narrow(4, 0, 24).to(torch::kFloat64).contiguous();
  small[1].zero_();
  return small;
}

/// One step in training, from the same weights.
Learnt learn(const std::string& place, const std::string& execution) {
  const std::shared_ptr<Model> model =
      adaptive({"atfr_resnet3d_18", {"width=4", "dropout=0"}}, "similarity",
               {"adaptive.after=\"" + place + "\"", "adaptive.execution=\"" + execution + "\""});
  model->to(torch::kFloat64);
  model->train();
  torch::manual_seed(13);
  for (torch::Tensor& parameter : model->parameters())
    parameter.data().add_(torch::randn_like(parameter) / 20);
  Learnt learnt;
  learnt.outputs = model->run({small_clips()});
  output(learnt.outputs, "logits").square().sum().backward();
  for (const auto& item : model->named_parameters())
    learnt.gradients.emplace_back(item.key(), item.value().grad());
  for (const auto& item : model->named_buffers())
    learnt.buffers.emplace_back(item.key(), item.value().clone());
  learnt.multiply_adds = count_multiply_adds(*model, {small_clips()}).multiply_adds;
  return learnt;
}

void expect_same(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(torch::allclose(a[i].second, b[i].second, 1e-6, 1e-9)) << a[i].first;
}

// In a row along time, clips of all lengths run at once, from every place.
TEST(AdaptiveRow, ClipsAreWhatTheyAreAlone) {
  const torch::NoGradGuard no_grad;
  for (const std::string place : {"stem", "res2", "res3", "res4"}) {
    SCOPED_TRACE(place);
    const std::shared_ptr<Model> model =
        adaptive({"atfr_resnet3d_18", {}}, "similarity", {"adaptive.after=\"" + place + "\""});
    model->to(torch::kFloat64);
    const torch::Tensor all = clips().to(torch::kFloat64);
    const NamedTensors together = model->run({all});
    const torch::Tensor bins = output(together, "bins");
    ASSERT_LT(bins.min().item<std::int64_t>(), bins.max().item<std::int64_t>());
    std::int64_t alone = 0;
    for (std::int64_t i = 0; i < all.size(0); ++i) {
      const NamedTensors one = model->run({all.narrow(0, i, 1)});
      for (std::size_t k = 0; k < one.size(); ++k) {
        EXPECT_EQ(together[k].first, one[k].first);
        EXPECT_TRUE(torch::allclose(together[k].second.narrow(0, i, 1), one[k].second, 1e-9, 1e-12));
      }
      alone += count_multiply_adds(*model, {all.narrow(0, i, 1)}).multiply_adds;
    }
    // All that is computed more is the frames between clips.
    const std::int64_t row = count_multiply_adds(*model, {all}).multiply_adds;
    EXPECT_GE(row, alone);
    EXPECT_LT(static_cast<double>(row), 1.2 * static_cast<double>(alone));
  }
}

TEST(AdaptiveRow, PartsAndMeansAreThoseOfTheClips) {
  torch::manual_seed(15);
  const torch::Tensor maps = torch::rand({3, 2, 4, 5, 6});
  const std::vector<std::int64_t> counts = {1, 4, 2};
  const ClipsInARow row(counts, torch::kCPU);
  torch::Tensor parted = row.part(row.join(maps));
  ASSERT_EQ(parted.sizes(), (std::vector<std::int64_t>{1, 2, 9, 5, 6}));
  EXPECT_TRUE(parted.select(2, 1).eq(0).all().item<bool>() && parted.select(2, 6).eq(0).all().item<bool>());
  EXPECT_TRUE(parted.narrow(2, 2, 4).squeeze(0).equal(maps[1]));
  parted += 1;
  row.clear_between(parted);
  EXPECT_TRUE(parted.select(2, 6).eq(0).all().item<bool>());
  const torch::Tensor means = row.means(parted);
  for (std::int64_t i = 0; i < 3; ++i)
    EXPECT_TRUE(torch::allclose(means[i], maps[i].narrow(1, 0, counts[i]).mean({1, 2, 3}) + 1));
}

// Zeros behind the shorter clips count in the statistics of the norms, of which one frame stands for all.
TEST(AdaptiveTraining, PackedLearnsAsPaddedForLess) {
  for (const std::string place : {"res2", "res3"}) {
    SCOPED_TRACE(place);
    const Learnt packed = learn(place, "packed"), padded = learn(place, "padded");
    const torch::Tensor bins = output(padded.outputs, "bins");
    EXPECT_LT(bins.min().item<std::int64_t>() + 1, bins.max().item<std::int64_t>());
    expect_same(packed.outputs, padded.outputs);
    expect_same(packed.gradients, padded.gradients);
    expect_same(packed.buffers, padded.buffers);
    EXPECT_LT(packed.multiply_adds, padded.multiply_adds);
  }
}

TEST(AdaptiveTraining, PackedFramesAreThoseOfThePaddedClips) {
  torch::manual_seed(14);
  const torch::Tensor maps = torch::rand({3, 2, 4, 5, 6});
  maps[0].narrow(1, 1, 3).zero_();
  maps[2].narrow(1, 3, 1).zero_();
  const AdaptedMaps adapted{maps, {1, 4, 3}};
  const KeptFrames kept = kept_frames(adapted);
  EXPECT_EQ(kept.frames.sizes(), (std::vector<std::int64_t>{9, 2, 1, 5, 6}));
  EXPECT_EQ(kept.copies, 4);
  EXPECT_TRUE(padded_maps(kept.frames, adapted.counts).equal(maps));
  const AdaptedMaps equal{maps, {4, 4, 4}};
  EXPECT_EQ(kept_frames(equal).copies, 0);
  EXPECT_TRUE(padded_maps(kept_frames(equal).frames, equal.counts).equal(maps));
}

// The 2D branch's frames are its batch: its stages, too, have every clip's frames at the same places.
TEST(AdaptiveStages, OfHatnetsFramesEndInZeros) {
  const torch::NoGradGuard no_grad;
  const Family hatnet{"hatnet_18", {"depth=10", "widen_factor=0.25", "max_pool=true"}};
  const std::shared_ptr<Model> model = adaptive(hatnet);
  torch::Tensor all = clips();
  all[1].zero_();
  Stages stages({"branch2d.layer2", "ts_layer"});
  const torch::Tensor bins = output(model->run({all}, &stages), "bins");
  const std::int64_t most = bins.max().item<std::int64_t>();
  ASSERT_GT(most, bins[1].item<std::int64_t>());
  const torch::Tensor frames = output(stages.kept(), "branch2d.layer2");
  ASSERT_EQ(frames.size(0), 3 * most);
  for (std::int64_t i = 0; i < 3; ++i) {
    Stages alone({"branch2d.layer2"});
    (void)model->run({all.narrow(0, i, 1)}, &alone);
    const std::int64_t own = bins[i].item<std::int64_t>();
    EXPECT_TRUE(torch::allclose(frames.narrow(0, i * most, own), alone.kept().front().second, 1e-3, 1e-4));
    EXPECT_EQ(frames.narrow(0, i * most + own, most - own).abs().sum().item<float>(), 0);
  }
}

TEST(AdaptiveNetworks, RefuseBlocksThatAreMadeForOneLength) {
  for (const std::string name : {"stc_resnet3d_18", "hatnet_18"}) {
    try {
      (void)make_with(name, {"stc.spatial=true", "adaptive.kind=\"similarity\""});
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("stc.spatial"), std::string::npos) << error.what();
    }
  }
}

TEST(AdaptiveSlowFast, SamplesInBlocksAndPadsForTheMerging) {
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<Model> model =
      adaptive({"slowfast_r50", {"depth=18", "stem_dim_outs=[16,2]"}}, "similarity",
               {"adaptive.sampling.block=8", "adaptive.sampling.bins=[1]"});
  Stages stages({"blocks.1", "blocks.1.multipathway_blocks.0"});
  const NamedTensors outputs = model->run(model->inputs_of(clips()), &stages);
  // Of 16 fast frames two blocks of 8, of 4 slow ones two of 2: a bin each.
  EXPECT_TRUE(output(outputs, "bins").equal(torch::full({3, 2}, 2, torch::kLong)));
  // The fusion's stride of 4 leaves one of the fast pathway's two maps, beside the slow one's two.
  const torch::Tensor merged = output(stages.kept(), "blocks.1");
  ASSERT_EQ(merged.size(2), 2);
  const std::int64_t slow = output(stages.kept(), "blocks.1.multipathway_blocks.0").size(1);
  ASSERT_GT(merged.size(1), slow);
  const torch::Tensor lateral = merged.narrow(1, slow, merged.size(1) - slow).abs().amax({0, 1, 3, 4});
  EXPECT_GT(lateral.max().item<float>(), 0);
  EXPECT_EQ(lateral.min().item<float>(), 0);
  EXPECT_GT(merged.narrow(1, 0, slow).abs().amax({0, 1, 3, 4}).min().item<float>(), 0);
}

}  // namespace
}  // namespace zoetrope::models
