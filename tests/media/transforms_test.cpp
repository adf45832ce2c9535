#include "zoetrope/media/transforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/support/clips.h"
#include "zoetrope/core/error.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::media {
namespace {

using test::max_difference;
using test::noise_picture;
using ::testing::ElementsAre;

constexpr ResizeOptions kBilinearPlain = {.interpolation = Interpolation::kBilinear, .antialias = false};
constexpr ResizeOptions kBicubicPlain = {.interpolation = Interpolation::kBicubic, .antialias = false};
constexpr ResizeOptions kBilinearSmooth = {.interpolation = Interpolation::kBilinear, .antialias = true};
constexpr ResizeOptions kBicubicSmooth = {.interpolation = Interpolation::kBicubic, .antialias = true};

constexpr std::array<std::pair<std::int64_t, std::int64_t>, 6> kSizes = {
    {{16, 23}, {12, 53}, {37, 20}, {74, 80}, {5, 90}, {1, 1}}};

cv::Mat as_mat(const torch::Tensor& picture) {
  const bool bytes = picture.scalar_type() == torch::kUInt8;
  return cv::Mat(static_cast<int>(picture.size(0)), static_cast<int>(picture.size(1)),
                 bytes ? CV_8UC3 : CV_32FC3, picture.data_ptr());
}

torch::Tensor by_opencv(const torch::Tensor& picture, std::int64_t height, std::int64_t width,
                        int interpolation) {
  torch::Tensor out = torch::empty({height, width, 3}, picture.options());
  cv::Mat target = as_mat(out);
  cv::resize(as_mat(picture), target, target.size(), 0, 0, interpolation);
  return out;
}

double kernel(double x, bool bicubic, double a) {
  x = std::abs(x);
  if (!bicubic) return std::max(0.0, 1 - x);
  if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
}

// The resize matrix [output, input] of one axis from the definition: sample the kernel around the output
// pixel's centre; stretched and renormalised with antialiasing, with repeated edge pixels without.
torch::Tensor axis_matrix(std::int64_t input, std::int64_t output, const ResizeOptions& options) {
  const bool bicubic = options.interpolation == Interpolation::kBicubic;
  const double a = options.antialias ? -0.5 : -0.75;
  const double scale = static_cast<double>(input) / static_cast<double>(output);
  const double stretch = options.antialias ? std::max(scale, 1.0) : 1.0;
  torch::Tensor matrix = torch::zeros({output, input}, torch::kFloat64);
  for (std::int64_t i = 0; i < output; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale - 0.5;
    const auto reach = static_cast<std::int64_t>(2 * stretch) + 2;
    const auto middle = static_cast<std::int64_t>(std::floor(center));
    for (std::int64_t x = middle - reach; x <= middle + reach; ++x) {
      if (options.antialias && (x < 0 || x >= input)) continue;
      matrix[i][std::clamp<std::int64_t>(x, 0, input - 1)] +=
          kernel((static_cast<double>(x) - center) / stretch, bicubic, a);
    }
  }
  return matrix / matrix.sum(1, true);
}

torch::Tensor by_definition(const torch::Tensor& picture, std::int64_t height, std::int64_t width,
                            const ResizeOptions& options) {
  const torch::Tensor planes = picture.to(torch::kFloat64).permute({2, 0, 1});
  const torch::Tensor rows = axis_matrix(picture.size(0), height, options);
  const torch::Tensor columns = axis_matrix(picture.size(1), width, options);
  return torch::matmul(torch::matmul(rows, planes), columns.t()).permute({1, 2, 0});
}

TEST(Resize, FloatsFollowTheDefinition) {
  const torch::Tensor picture = noise_picture(37, 53, 1).to(torch::kFloat32);
  for (const ResizeOptions& options : {kBilinearPlain, kBicubicPlain, kBilinearSmooth, kBicubicSmooth}) {
    for (const auto& [height, width] : kSizes) {
      EXPECT_LT(max_difference(resize(picture, height, width, options),
                               by_definition(picture, height, width, options)),
                2e-3)
          << height << "x" << width << " antialias " << options.antialias;
    }
  }
}

// Not the antialiased bicubic: PIL clips its overshoot after the first pass, which on noise is seen.
TEST(Resize, BytesFollowTheDefinitionWithinALevel) {
  const torch::Tensor picture = noise_picture(37, 53, 1);
  for (const ResizeOptions& options : {kBilinearPlain, kBicubicPlain, kBilinearSmooth}) {
    for (const auto& [height, width] : kSizes) {
      const torch::Tensor exact = by_definition(picture, height, width, options).clamp(0, 255);
      EXPECT_LE(max_difference(resize(picture, height, width, options), exact), 1.501)
          << height << "x" << width;
    }
  }
}

TEST(Resize, AntialiasedBytesArePillowsBitForBit) {
  const weights::SafetensorsFile file(ZOETROPE_TEST_DATA "/transforms/pillow_resize.safetensors");
  const torch::Tensor picture = noise_picture(37, 53, 1);
  ASSERT_EQ(file.entries().size(), 10u);
  for (const auto& [name, expected] : file.tensors()) {
    const ResizeOptions& options = name.starts_with("bicubic") ? kBicubicSmooth : kBilinearSmooth;
    EXPECT_TRUE(torch::equal(resize(picture, expected.size(0), expected.size(1), options), expected)) << name;
  }
}

TEST(Resize, PlainBytesAreOpenCvsBitForBitAndPlainFloatsNearly) {
  const torch::Tensor bytes = noise_picture(37, 53, 2);
  const torch::Tensor floats = bytes.to(torch::kFloat32);
  for (const auto& [height, width] : kSizes) {
    EXPECT_TRUE(torch::equal(resize(bytes, height, width, kBilinearPlain),
                             by_opencv(bytes, height, width, cv::INTER_LINEAR)));
    EXPECT_TRUE(torch::equal(resize(bytes, height, width, kBicubicPlain),
                             by_opencv(bytes, height, width, cv::INTER_CUBIC)));
    EXPECT_LT(max_difference(resize(floats, height, width, kBilinearPlain),
                             by_opencv(floats, height, width, cv::INTER_LINEAR)),
              1e-2);
    EXPECT_LT(max_difference(resize(floats, height, width, kBicubicPlain),
                             by_opencv(floats, height, width, cv::INTER_CUBIC)),
              1e-2);
  }
}

TEST(Resize, BothLayoutsAndAllDtypesAgree) {
  const torch::Tensor frames = torch::stack({noise_picture(20, 30, 3), noise_picture(20, 30, 4)});
  const torch::Tensor clip = frames_to_clip(frames).unsqueeze(0);
  for (const ResizeOptions& options : {kBilinearPlain, kBicubicPlain, kBilinearSmooth, kBicubicSmooth}) {
    const torch::Tensor small = resize(frames, 11, 17, options);
    EXPECT_THAT(small.sizes().vec(), ElementsAre(2, 11, 17, 3));
    EXPECT_TRUE(torch::equal(clip_to_frames(resize(clip, 11, 17, options)[0]), small));
    EXPECT_TRUE(torch::equal(resize(frames[1], 11, 17, options), small[1]));
    const torch::Tensor exact = resize(frames.to(torch::kFloat64), 11, 17, options);
    EXPECT_EQ(exact.scalar_type(), torch::kFloat64);
    EXPECT_TRUE(torch::allclose(clip_to_frames(resize(clip.to(torch::kFloat64), 11, 17, options)[0]), exact));
  }
}

TEST(Resize, TakesViewsAndKeepsFlatColoursAndEmptyClips) {
  const torch::Tensor wide = test::flat_picture(30, 50, {10, 200, 99});
  const torch::Tensor view = wide.narrow(0, 3, 20).narrow(1, 5, 40);
  for (const ResizeOptions& options : {kBilinearPlain, kBicubicPlain, kBilinearSmooth, kBicubicSmooth}) {
    EXPECT_TRUE(torch::equal(resize(view, 7, 90, options), test::flat_picture(7, 90, {10, 200, 99})));
    EXPECT_THAT(resize(torch::empty({0, 8, 8, 3}, torch::kUInt8), 4, 5, options).sizes().vec(),
                ElementsAre(0, 4, 5, 3));
  }
  EXPECT_TRUE(torch::equal(resize(view, 20, 40), view));
}

TEST(ResizeShortSide, RoundsTheLongSideAsEachLibraryDoes) {
  // torchvision int(256 * 640 / 360) = 455; mmcv int(640 * (256 / 360) + 0.5) = 455
  EXPECT_EQ(short_side_size(360, 640, 256), std::pair(std::int64_t{256}, std::int64_t{455}));
  EXPECT_EQ(short_side_size(640, 360, 256), std::pair(std::int64_t{455}, std::int64_t{256}));
  // 426 * 224 / 240 = 397.6
  EXPECT_EQ(short_side_size(240, 426, 224).second, 397);
  EXPECT_EQ(short_side_size(240, 426, 224, SideRounding::kNearest).second, 398);
  EXPECT_EQ(short_side_size(1, 3, 1).second, 3);
  EXPECT_EQ(short_side_size(2, 3, 1, SideRounding::kNearest).second, 2);
  const torch::Tensor frames = torch::zeros({2, 48, 85, 3}, torch::kUInt8);
  EXPECT_THAT(resize_short_side(frames, 32).sizes().vec(), ElementsAre(2, 32, 56, 3));
  EXPECT_THAT(resize_short_side(frames.permute({3, 0, 1, 2}).unsqueeze(0), 32).sizes().vec(),
              ElementsAre(1, 3, 2, 32, 56));
  EXPECT_THAT(resize_short_side(frames, 48).sizes().vec(), ElementsAre(2, 48, 85, 3));
}

TEST(Resize, RefusesWhatIsNoPictureAndNoSize) {
  const torch::Tensor frames = torch::zeros({2, 8, 8, 3}, torch::kUInt8);
  EXPECT_THROW(static_cast<void>(resize(frames, 0, 8)), Error);
  EXPECT_THROW(static_cast<void>(resize(frames, 8, kMaxResizedSide + 1)), Error);
  EXPECT_THROW(static_cast<void>(resize(frames.to(torch::kInt64), 4, 4)), Error);
  EXPECT_THROW(static_cast<void>(resize(torch::zeros({2, 3, 8, 8}), 4, 4)), Error);
  EXPECT_THROW(static_cast<void>(resize(torch::zeros({8, 3}), 4, 4)), Error);
  EXPECT_THROW(static_cast<void>(resize(torch::zeros({2, 0, 8, 3}), 4, 4)), Error);
  EXPECT_THROW(static_cast<void>(resize_short_side(frames, 0)), Error);
  EXPECT_THROW(static_cast<void>(resize_short_side(torch::zeros({1, 9000, 3}, torch::kUInt8), 4)), Error);
}

// A picture whose red is the row and whose green is the column.
torch::Tensor coordinates(std::int64_t height, std::int64_t width) {
  torch::Tensor picture = torch::zeros({height, width, 3}, torch::kUInt8);
  picture.select(2, 0).copy_(torch::arange(height).view({height, 1}));
  picture.select(2, 1).copy_(torch::arange(width).view({1, width}));
  return picture;
}

std::pair<int, int> corner(const torch::Tensor& picture) {
  return {picture[0][0][0].item<int>(), picture[0][0][1].item<int>()};
}

TEST(Crops, StandWhereTheirLibrariesPutThem) {
  const torch::Tensor wide = coordinates(11, 20);
  EXPECT_EQ(corner(center_crop(wide, 8, 8)), std::pair(1, 6));
  EXPECT_EQ(corner(center_crop(wide, 8, 8, CropRounding::kUp)), std::pair(2, 6));
  EXPECT_EQ(corner(center_crop(wide, 8, 8, CropRounding::kEven)), std::pair(2, 6));               // 1.5 to 2
  EXPECT_EQ(corner(center_crop(coordinates(9, 8), 8, 8, CropRounding::kEven)), std::pair(0, 0));  // 0.5 to 0

  std::vector<std::pair<int, int>> corners;
  for (const torch::Tensor& view : three_crops(wide, 8, 8)) corners.push_back(corner(view));
  EXPECT_THAT(corners, ElementsAre(std::pair(1, 0), std::pair(1, 6), std::pair(1, 12)));
  corners.clear();
  for (const torch::Tensor& view : three_crops(coordinates(20, 11), 8, 8)) corners.push_back(corner(view));
  EXPECT_THAT(corners, ElementsAre(std::pair(0, 1), std::pair(6, 1), std::pair(12, 1)));
  corners.clear();
  for (const torch::Tensor& view : five_crops(wide, 8, 8)) corners.push_back(corner(view));
  EXPECT_THAT(corners, ElementsAre(std::pair(0, 0), std::pair(0, 12), std::pair(3, 0), std::pair(3, 12),
                                   std::pair(1, 6)));

  const auto ten = ten_crops(wide, 8, 8);
  ASSERT_EQ(ten.size(), 10u);
  EXPECT_TRUE(
      torch::equal(ten[5], horizontal_flip(ten[1])));  // the flipped picture's left is the picture's right
  EXPECT_TRUE(torch::equal(ten[9], horizontal_flip(ten[4])));
}

TEST(Crops, WorkOnClipsAsOnPicturesAndShareTheirMemory) {
  const torch::Tensor frames = torch::stack({noise_picture(11, 20, 5), noise_picture(11, 20, 6)});
  const torch::Tensor clip = frames_to_clip(frames).unsqueeze(0);
  const auto of_frames = ten_crops(frames, 7, 9);
  const auto of_clip = ten_crops(clip, 7, 9);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(torch::equal(clip_to_frames(of_clip[i][0]), of_frames[i]));
  EXPECT_EQ(crop(frames, 0, 0, 3, 3).data_ptr(), frames.data_ptr());
  EXPECT_TRUE(torch::equal(center_crop(frames, 11, 20), frames));
}

TEST(Crops, ThatDoNotFitAreRefused) {
  const torch::Tensor picture = coordinates(11, 20);
  EXPECT_THROW(static_cast<void>(center_crop(picture, 12, 8)), Error);
  EXPECT_THROW(static_cast<void>(three_crops(picture, 8, 21)), Error);
  EXPECT_THROW(static_cast<void>(five_crops(picture, 12, 12)), Error);
  EXPECT_THROW(static_cast<void>(ten_crops(picture, 0, 8)), Error);
  EXPECT_THROW(static_cast<void>(crop(picture, 4, 0, 8, 8)), Error);
  EXPECT_THROW(static_cast<void>(crop(picture, -1, 0, 8, 8)), Error);
  EXPECT_THROW(static_cast<void>(crop(picture, 0, 13, 8, 8)), Error);
}

TEST(HorizontalFlip, SwapsLeftAndRightOnly) {
  const torch::Tensor flipped = horizontal_flip(coordinates(3, 5));
  EXPECT_EQ(corner(flipped), std::pair(0, 4));
  EXPECT_TRUE(torch::equal(horizontal_flip(flipped), coordinates(3, 5)));
}

TEST(Normalize, IsValueLessMeanOverDeviationByChannel) {
  const torch::Tensor frames = test::flat_picture(2, 2, {0, 128, 255}).unsqueeze(0);
  const torch::Tensor out = normalize(frames);
  const std::vector<double> expected = {(0 - 0.485) / 0.229, (128 / 255.0 - 0.456) / 0.224,
                                        (1 - 0.406) / 0.225};
  for (std::int64_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(out[0][1][1][c].item<double>(), expected[static_cast<std::size_t>(c)], 1e-6);
  }
  EXPECT_TRUE(torch::equal(clip_to_frames(normalize(frames_to_clip(frames).unsqueeze(0))[0]), out));
  EXPECT_TRUE(torch::equal(normalize(to_unit_range(frames)), out));
  EXPECT_THROW(static_cast<void>(normalize(frames, {.mean = {0, 0, 0}, .std = {1, 0, 1}})), Error);
  EXPECT_THROW(static_cast<void>(normalize(torch::zeros({1, 2, 1, 4, 4}))), Error);
  EXPECT_THROW(static_cast<void>(normalize(frames.to(torch::kInt32))), Error);
  EXPECT_THROW(static_cast<void>(to_unit_range(frames.to(torch::kFloat32))), Error);
}

TEST(Normalize, LeavesItsInputAlone) {
  const torch::Tensor floats = torch::full({1, 2, 2, 3}, 0.5f);
  static_cast<void>(normalize(floats));
  EXPECT_TRUE(torch::equal(floats, torch::full({1, 2, 2, 3}, 0.5f)));
}

TEST(Layouts, ConvertThereAndBack) {
  const torch::Tensor frames = torch::stack({noise_picture(4, 5, 7), noise_picture(4, 5, 8)});
  const torch::Tensor clip = frames_to_clip(frames);
  EXPECT_THAT(clip.sizes().vec(), ElementsAre(3, 2, 4, 5));
  EXPECT_TRUE(clip.is_contiguous());
  EXPECT_EQ(clip[2][1][3][4].item<int>(), frames[1][3][4][2].item<int>());
  EXPECT_TRUE(torch::equal(clip_to_frames(clip), frames));
  EXPECT_THROW(static_cast<void>(frames_to_clip(clip)), Error);
  EXPECT_THROW(static_cast<void>(clip_to_frames(frames)), Error);
}

}  // namespace
}  // namespace zoetrope::media
