#include "zoetrope/synthetic/scenes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

namespace zoetrope::synthetic {
namespace {

using Colour = cv::Vec3f;  // RGB, 0 to 255

constexpr float kTurn = static_cast<float>(2 * M_PI);

Colour blend(const Colour& a, const Colour& b, float share) {
  return a + (b - a) * std::clamp(share, 0.0F, 1.0F);
}

/// Noise in about [0, 1] that tiles: cubic interpolation of random grids, each finer and weaker by half.
cv::Mat tiling_noise(int side, int cells, int octaves, Random& random) {
  cv::Mat sum = cv::Mat::zeros(side, side, CV_32F);
  float weight = 0.5F, total = 0;
  for (int octave = 0; octave < octaves && cells <= side / 2; ++octave, cells *= 2, weight /= 2) {
    cv::Mat grid(cells, cells, CV_32F), wrapped, fine;
    for (int i = 0; i < cells * cells; ++i)
      grid.at<float>(i / cells, i % cells) = static_cast<float>(random.uniform());
    cv::copyMakeBorder(grid, wrapped, 2, 2, 2, 2, cv::BORDER_WRAP);
    const int cell = side / cells;
    cv::resize(wrapped, fine, {(cells + 4) * cell, (cells + 4) * cell}, 0, 0, cv::INTER_CUBIC);
    sum += weight * fine(cv::Rect(2 * cell, 2 * cell, side, side));
    total += weight;
  }
  return sum / total;
}

/// What a scene's colour is made of at one place.
struct Spot {
  float u, v;          // [0, 1)
  float coarse, fine;  // noise
};

struct Painter {
  SceneKind kind;
  std::function<Colour(const Spot&)> colour;
  int specks = 0;  // flowers, stars, flakes
  Colour speck_colour = {};
};

Colour brick(const Spot& s) {
  const float row = s.v * 16;
  const float column = s.u * 8 + (static_cast<int>(row) % 2 ? 0.5F : 0.0F);
  const float across = column - std::floor(column), down = row - std::floor(row);
  if (across < 0.06F || down < 0.12F) return {176, 168, 158};
  return blend({136, 66, 52}, {186, 104, 78}, s.coarse * 1.4F - 0.3F + 0.3F * s.fine);
}

Colour tiles(const Spot& s) {
  const bool dark = (static_cast<int>(s.u * 8) + static_cast<int>(s.v * 8)) % 2;
  return dark ? blend({88, 104, 118}, {118, 132, 142}, s.fine)
              : blend({196, 200, 196}, {224, 226, 220}, s.fine);
}

Colour wallpaper(const Spot& s) {
  const float stripe = 0.5F + 0.5F * std::sin(kTurn * s.u * 10);
  const float bud = std::sin(kTurn * s.v * 10) * std::sin(kTurn * s.u * 5);
  const Colour paper = blend({206, 184, 150}, {168, 142, 126}, stripe * 1.6F - 0.3F);
  return bud > 0.72F ? Colour{150, 78, 88} : paper + Colour::all(8 * (s.fine - 0.5F));
}

Colour dunes(const Spot& s) {
  const float crest = 0.5F + 0.5F * std::sin(kTurn * (s.v * 4 + s.u + 1.2F * s.coarse));
  return blend({176, 132, 84}, {236, 202, 148}, crest) + Colour::all(26 * (s.fine - 0.5F));
}

Colour waves(const Spot& s) {
  const float crest =
      0.5F + 0.5F * std::sin(kTurn * (s.v * 9 + 0.8F * s.coarse + 0.06F * std::sin(kTurn * s.u * 3)));
  const Colour water = blend({18, 70, 118}, {52, 138, 176}, crest);
  return crest > 0.93F && s.fine > 0.5F ? Colour{206, 232, 236} : water;
}

const std::vector<Painter>& painters() {
  static const std::vector<Painter> all = {
      {{"meadow", true, 0.3},
       [](const Spot& s) {
         return blend({62, 104, 44}, {142, 172, 76}, 0.7F * s.coarse + 0.6F * s.fine - 0.2F);
       },
       40,
       {238, 226, 190}},
      {{"sea", true, 0.6}, waves},
      {{"desert", true, 0.2}, dunes},
      {{"night sky", true, 0.9},
       [](const Spot& s) {
         return blend({10, 12, 34}, {58, 44, 92}, s.coarse * 1.8F - 0.6F);
       },
       110,
       {236, 236, 220}},
      {{"snow field", true, 0.1},
       [](const Spot& s) {
         return blend({176, 192, 212}, {238, 242, 246}, s.coarse + 0.4F * s.fine - 0.2F);
       },
       60,
       {255, 255, 255}},
      {{"brick wall", false, 0.7}, brick},
      {{"tiled floor", false, 0.5}, tiles},
      {{"wallpaper", false, 0.4}, wallpaper},
  };
  return all;
}

/// A disc at a place of the texture and wherever its tiles repeat it.
void wrapped_disc(cv::Mat& texture, double x, double y, double radius, const cv::Scalar& colour) {
  constexpr int kShift = 4, kScale = 1 << kShift;
  for (const int dx : {-texture.cols, 0, texture.cols}) {
    for (const int dy : {-texture.rows, 0, texture.rows}) {
      cv::circle(texture, {cvRound((x + dx) * kScale), cvRound((y + dy) * kScale)}, cvRound(radius * kScale),
                 colour, cv::FILLED, cv::LINE_AA, kShift);
    }
  }
}

/// The other domain: light and dark trade places, colours fade, and a coarse pattern lies over all.
void shift_domain(cv::Mat& texture, double shift, Random& random) {
  const cv::Mat blots = tiling_noise(texture.rows, 16, 1, random);
  const auto share = static_cast<float>(shift);
  texture.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* at) {
    const Colour plain(pixel[0], pixel[1], pixel[2]);
    const float grey = (plain[0] + 2 * plain[1] + plain[2]) / 4;
    const float blot = 44 * (blots.at<float>(at[0], at[1]) - 0.5F);
    const Colour other = Colour::all(168 - 0.75F * grey + blot) + (plain - Colour::all(grey)) * 0.25F;
    const Colour mixed = blend(plain, other, share);
    for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
  });
}

}  // namespace

const std::vector<SceneKind>& all_scenes() {
  static const std::vector<SceneKind> kinds = [] {
    std::vector<SceneKind> made;
    for (const Painter& painter : painters()) made.push_back(painter.kind);
    return made;
  }();
  return kinds;
}

View view_at(const Shot& shot, double seconds) {
  const double turn = 2 * M_PI * shot.phase;
  View view;
  view.x = shot.x + shot.pan_x * seconds + shot.shake * std::sin(23 * seconds + turn);
  view.y = shot.y + shot.pan_y * seconds + shot.shake * std::sin(29 * seconds + 2 * turn);
  view.zoom = 1 + shot.zoom_swing * std::sin(1.9 * seconds + turn);
  view.texture_x = shot.drift_x * seconds;
  view.texture_y = shot.drift_y * seconds;
  view.texture_zoom = shot.zoom;
  return view;
}

Shot draw_shot(double camera, double drift, Random& random) {
  Shot shot;
  shot.scene = random.below(all_scenes().size());
  shot.x = random.uniform();
  shot.y = random.uniform();
  const double way = random.uniform(0, 2 * M_PI), pan = camera * random.uniform(0, 0.16);
  shot.pan_x = pan * std::cos(way);
  shot.pan_y = pan * std::sin(way);
  const double wind = random.uniform(0, 2 * M_PI), speed = drift * random.uniform(0, 0.4);
  shot.drift_x = speed * std::cos(wind);
  shot.drift_y = speed * std::sin(wind);
  shot.zoom = random.uniform(0.85, 1.4);
  shot.zoom_swing = camera * random.uniform(0, 0.12);
  shot.shake = camera * random.uniform(0, 0.014);
  shot.phase = random.uniform();
  return shot;
}

cv::Mat paint_scene(std::size_t scene, int side, double domain_shift, Random& random) {
  const Painter& painter = painters()[scene];
  const cv::Mat coarse = tiling_noise(side, 4, 3, random), fine = tiling_noise(side, 32, 3, random);
  const float tint = static_cast<float>(random.uniform(-14, 14));
  cv::Mat texture(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto n = static_cast<float>(side);
      const Colour colour = painter.colour({static_cast<float>(x) / n, static_cast<float>(y) / n,
                                            coarse.at<float>(y, x), fine.at<float>(y, x)});
      for (int c = 0; c < 3; ++c)
        texture.at<cv::Vec3b>(y, x)[c] =
            cv::saturate_cast<std::uint8_t>(colour[c] + tint * static_cast<float>(1 - c));
    }
  }
  const Colour& speck = painter.speck_colour;
  for (int i = 0; i < painter.specks; ++i) {
    const double x = random.uniform(0, side), y = random.uniform(0, side);
    const double radius = random.uniform(0.002, 0.007) * side;
    wrapped_disc(texture, x, y, radius, {speck[0], speck[1], speck[2]});
  }
  if (domain_shift > 0) shift_domain(texture, domain_shift, random);
  return texture;
}

cv::Mat look_at(const cv::Mat& texture, const View& view, int width, int height) {
  const double scale = 1 / (view.zoom * view.texture_zoom);  // texture pixels a picture pixel
  const double x = -(view.x + view.texture_x) * width, y = -(view.y + view.texture_y) * height;
  const cv::Matx23d map(scale, 0, (x - width / 2.0) * scale, 0, scale, (y - height / 2.0) * scale);
  cv::Mat picture;
  cv::warpAffine(texture, picture, map, {width, height}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_WRAP);
  return picture;
}

}  // namespace zoetrope::synthetic
