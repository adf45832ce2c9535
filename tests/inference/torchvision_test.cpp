// Preprocessing against torchvision itself, where Python has it (Debian: python3-torchvision).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temporary_folder.h"
#include "zoetrope/data/npy.h"
#include "zoetrope/inference/preprocess.h"

namespace zoetrope::inference {
namespace {

// Frames as PIL images for the antialiased resize, as a float tensor for the other, as video references do it.
constexpr const char* kScript = R"(
import sys, numpy, torch
from torchvision import transforms as T
from torchvision.transforms import functional as F
from PIL import Image
folder, short, crop, antialias = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1"
frames = numpy.load(folder + "/frames.npy").astype(numpy.uint8)
if antialias:
    resize = T.Compose([T.Resize(short), T.CenterCrop(crop), T.ToTensor()])
    clip = torch.stack([resize(Image.fromarray(f)) for f in frames], 1)
else:
    clip = torch.from_numpy(frames).permute(3, 0, 1, 2).float() / 255
    h, w = frames.shape[1:3]
    size = (short, int(short * w / h)) if h < w else (int(short * h / w), short)
    clip = torch.nn.functional.interpolate(clip, size=size, mode="bilinear", align_corners=False)
    top, left = -(-(size[0] - crop) // 2), -(-(size[1] - crop) // 2)
    clip = clip[:, :, top:top + crop, left:left + crop]
mean, std = torch.tensor([.485, .456, .406]), torch.tensor([.229, .224, .225])
clip = (clip - mean[:, None, None, None]) / std[:, None, None, None]
numpy.save(folder + "/clip.npy", clip.numpy().astype(numpy.float32))
)";

bool has_torchvision() {
  return std::system("/usr/bin/python3 -c 'import torchvision' 2>/dev/null") == 0;
}

TEST(Torchvision, MakesTheSameClips) {
  if (!has_torchvision()) GTEST_SKIP() << "python3-torchvision is not installed: nothing to compare with";
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("clip.py")) << kScript;
  torch::manual_seed(4);
  for (const auto& [height, width] : {std::pair{90, 160}, {121, 75}}) {
    const torch::Tensor smooth =
        torch::rand({3, height / 4, width / 4, 3}).repeat_interleave(4, 1).repeat_interleave(4, 2);
    const torch::Tensor frames = (smooth * 255).to(torch::kUInt8);
    data::write_npy(folder.file("frames.npy"), frames.to(torch::kFloat));
    for (const bool antialias : {true, false}) {
      const bundle::Preprocessing p{.frames = 3,
                                    .short_side = 48,
                                    .crop = 40,
                                    .antialias = antialias,
                                    .mean = {0.485, 0.456, 0.406},
                                    .std = {0.229, 0.224, 0.225}};
      const std::string command =
          fmt::format("/usr/bin/python3 {} {} {} {} {}", folder.file("clip.py"), folder.path().string(),
                      p.short_side, p.crop, antialias ? 1 : 0);
      ASSERT_EQ(std::system(command.c_str()), 0);
      std::vector<torch::Tensor> prepared;
      for (std::int64_t t = 0; t < 3; ++t) prepared.push_back(prepare_frame(frames[t], p));
      const torch::Tensor ours = make_clips(torch::stack(prepared), p)[0];
      const torch::Tensor theirs = data::read_npy(folder.file("clip.npy"));
      ASSERT_EQ(ours.sizes(), theirs.sizes());
      EXPECT_LT((ours - theirs).abs().max().item<float>(), 1e-5)
          << height << " x " << width << ", antialias " << antialias;
    }
  }
}

}  // namespace
}  // namespace zoetrope::inference
