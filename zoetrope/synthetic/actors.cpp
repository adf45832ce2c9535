#include "zoetrope/synthetic/actors.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace zoetrope::synthetic {
namespace {

using Point = cv::Point2d;
using Outline = std::vector<Point>;

constexpr double kTurn = 2 * M_PI;
// How far string and prop, the outermost parts, reach from the middle, in body radii.
constexpr double kReach = 1.9;
constexpr std::size_t kPerson = 6, kRobot = 7;  // of actor_kinds

struct Part {
  Outline outline;
  cv::Scalar colour;
  bool outlined = true;
};

const std::vector<cv::Scalar>& colours() {
  static const std::vector<cv::Scalar> all = {{214, 48, 44},   {240, 140, 30}, {246, 214, 60},
                                              {52, 168, 72},   {52, 104, 220}, {150, 66, 190},
                                              {244, 130, 180}, {244, 244, 240}};
  return all;
}

Point polar(double radius, double angle) {
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// Parts of an actor in units of its body's radius, x to where it looks, y downwards.
class Body {
 public:
  explicit Body(const ActorLook& look) : look_(look), colour_(colours()[look.colour]) {}

  [[nodiscard]] std::vector<Part> parts(const Pose& pose) {
    if (look_.kind == kPerson || look_.kind == kRobot)
      add_figure(pose);
    else
      add_shape(pose);
    return std::move(parts_);
  }

 private:
  void add(Outline outline, const cv::Scalar& colour, bool outlined = true) {
    parts_.push_back({std::move(outline), colour, outlined});
  }
  void disc(const Point& centre, double radius, const cv::Scalar& colour, bool outlined = true) {
    Outline outline;
    for (int i = 0; i < 20; ++i) outline.push_back(centre + polar(radius, kTurn * i / 20));
    add(std::move(outline), colour, outlined);
  }
  /// A bar from a to b with round ends.
  void limb(const Point& a, const Point& b, double width, const cv::Scalar& colour) {
    const double angle = std::atan2(b.y - a.y, b.x - a.x);
    Outline outline;
    for (int i = 0; i <= 6; ++i) outline.push_back(b + polar(width / 2, angle + M_PI * (i / 6.0 - 0.5)));
    for (int i = 0; i <= 6; ++i) outline.push_back(a + polar(width / 2, angle + M_PI * (i / 6.0 + 0.5)));
    add(std::move(outline), colour);
  }
  void box(const Point& low, const Point& high, const cv::Scalar& colour) {
    add({low, {high.x, low.y}, high, {low.x, high.y}}, colour);
  }
  void eye(const Point& at, double radius) {
    disc(at, radius, {252, 252, 252});
    disc(at + Point(radius * 0.3, 0), radius * 0.5, {20, 20, 24}, false);
  }
  [[nodiscard]] cv::Scalar shade() const { return colour_ * 0.55; }

  [[nodiscard]] double radius_at(double angle) const {
    const double c = std::cos(angle), s = std::sin(angle);
    switch (look_.kind) {
      case 1:  // box
        return 0.86 / std::pow(std::pow(std::abs(c), 8) + std::pow(std::abs(s), 8), 1.0 / 8);
      case 2:  // star
        return 0.82 + 0.24 * std::cos(5 * (angle - M_PI));
      case 3:  // flower
        return 0.78 + 0.2 * std::abs(std::cos(3 * angle));
      case 4: {  // fish: an ellipse with a tail
        const double tail = std::abs(angle - M_PI);
        return 0.66 / std::sqrt(0.55 * c * c + s * s) +
               (tail < 0.42 ? 0.55 * std::sin(tail / 0.42 * M_PI) : 0);
      }
      case 5:  // moth: wings to both sides
        return 0.5 + 0.6 * std::pow(std::abs(s), 1.5) + 0.1 * std::cos(6 * angle);
      default:  // ball
        return 0.95;
    }
  }

  void add_pattern(double half) {
    if (look_.pattern == 1) {
      for (const double x : {-0.52, -0.28, -0.04})
        add({{x, -half}, {x + 0.1, -half}, {x + 0.1, half}, {x, half}}, shade(), false);
    } else if (look_.pattern == 2) {
      for (const Point& at : {Point(-0.45, -0.15), Point(-0.2, 0.35), Point(-0.1, -0.42), Point(-0.55, 0.25)})
        disc(at, 0.13, shade(), false);
    }
  }

  void add_shape(const Pose& pose) {
    const Point root(-0.2, -0.55);
    const Point tip = root + polar(0.95, -kTurn / 4 + (pose.wag - 0.5) * 2.4);
    limb(root, tip, 0.16, shade());
    disc(tip, 0.17, {250, 240, 120});
    Outline outline;
    const double mouth = 0.04 + 0.95 * pose.open;
    for (int i = 0; i <= 60; ++i) {
      const double angle = mouth + (kTurn - 2 * mouth) * i / 60;
      outline.push_back(polar(radius_at(angle), angle));
    }
    outline.push_back({0.05, 0});
    add(std::move(outline), colour_);
    add_pattern(look_.kind == 5 ? 0.3 : 0.42);
    eye({0.12, -0.42}, 0.19);
  }

  void add_figure(const Pose& pose) {
    const bool robot = look_.kind == kRobot;
    const double width = robot ? 0.26 : 0.2;
    const double leg = 0.12 + 0.75 * pose.open, arm = 0.35 + 1.9 * pose.open, waving = 0.3 + 2.4 * pose.wag;
    const Point hip(0, 0.3), shoulder(0, -0.32);
    for (const int side : {-1, 1})
      limb(hip + Point(side * 0.14, 0),
           hip + Point(side * (0.14 + 0.85 * std::sin(leg)), 0.85 * std::cos(leg)), width, shade());
    limb(shoulder + Point(-0.22, 0), shoulder + Point(-0.22 - 0.75 * std::sin(arm), 0.75 * std::cos(arm)),
         width, colour_);
    box(robot ? Point(-0.36, -0.45) : Point(-0.26, -0.42), robot ? Point(0.36, 0.38) : Point(0.26, 0.36),
        colour_);
    if (look_.pattern == 1) {
      for (const double y : {-0.3, -0.05, 0.2})
        add({{-0.24, y}, {0.24, y}, {0.24, y + 0.1}, {-0.24, y + 0.1}}, shade(), false);
    } else if (look_.pattern == 2) {
      for (const Point& at : {Point(-0.12, -0.22), Point(0.12, 0), Point(-0.1, 0.2)})
        disc(at, 0.09, shade(), false);
    }
    const Point elbow = shoulder + Point(0.22, 0);
    const Point hand = elbow + Point(0.75 * std::sin(waving), 0.75 * std::cos(waving));
    limb(elbow, hand, width, colour_);
    disc(hand, width * 0.75, {250, 240, 120});
    if (robot)
      box({-0.3, -1.02}, {0.3, -0.52}, {176, 182, 190});
    else
      disc({0, -0.76}, 0.3, {236, 196, 160});
    eye({0.12, -0.78}, 0.13);
  }

  ActorLook look_;
  cv::Scalar colour_;
  std::vector<Part> parts_;
};

/// String and prop, in units of the body's radius, upright whatever the body's angle.
std::vector<Part> prop_parts(const ActorLook& look, const Pose& pose) {
  static const std::vector<cv::Scalar> kColours = {
      {250, 120, 140}, {255, 214, 90}, {120, 230, 230}, {190, 150, 100}};
  static const int kCorners[] = {16, 6, 4, 3};
  const Point at = polar(1.5, kTurn * pose.orbit);
  const Point side = polar(0.035, kTurn * (pose.orbit + 0.25));
  Part string{{side, at + side, at - side, -side}, {236, 236, 228}, false};
  Part prop{{}, kColours[look.prop], true};
  const int corners = kCorners[look.prop];
  for (int i = 0; i < corners; ++i)
    prop.outline.push_back(at + polar(0.3, kTurn * (i / double(corners) - 0.25)));
  return {string, prop};
}

/// Parts in pixels around (0, 0), in the order of drawing.
std::vector<Part> place_parts(const ActorLook& look, const Pose& pose, double radius) {
  std::vector<Part> placed = prop_parts(look, pose);
  const double c = std::cos(kTurn * pose.angle), s = std::sin(kTurn * pose.angle);
  for (Part& part : Body(look).parts(pose)) {
    for (Point& point : part.outline) point = {c * point.x - s * point.y, s * point.x + c * point.y};
    placed.push_back(std::move(part));
  }
  for (Part& part : placed) {
    for (Point& point : part.outline) point *= radius;
  }
  return placed;
}

constexpr int kShift = 4;  // OpenCV's fixed point: 1/16 pixel

std::vector<cv::Point> fixed_point(const Outline& outline, const Point& centre) {
  std::vector<cv::Point> points;
  points.reserve(outline.size());
  for (const Point& point : outline)
    points.emplace_back(cvRound((point.x + centre.x) * (1 << kShift)),
                        cvRound((point.y + centre.y) * (1 << kShift)));
  return points;
}

void draw_parts(cv::Mat& picture, const std::vector<Part>& parts, const Point& centre, const cv::Scalar& line,
                bool filled) {
  for (const Part& part : parts) {
    const std::vector<std::vector<cv::Point>> outline = {fixed_point(part.outline, centre)};
    if (filled) cv::fillPoly(picture, outline, part.colour, cv::LINE_AA, kShift);
    if (part.outlined) cv::polylines(picture, outline, true, line, 1, cv::LINE_AA, kShift);
  }
}

}  // namespace

const std::vector<std::string>& actor_kinds() {
  static const std::vector<std::string> kinds = {"ball", "box",  "star",   "flower",
                                                 "fish", "moth", "person", "robot"};
  return kinds;
}

const std::vector<std::string>& actor_colours() {
  static const std::vector<std::string> names = {"red",  "orange", "yellow", "green",
                                                 "blue", "purple", "pink",   "white"};
  return names;
}

const std::vector<std::string>& actor_patterns() {
  static const std::vector<std::string> names = {"plain", "striped", "spotted"};
  return names;
}

const std::vector<std::string>& prop_kinds() {
  static const std::vector<std::string> names = {"balloon", "lantern", "gem", "bell"};
  return names;
}

ActorLook draw_look(Random& random, const std::vector<std::string>& kinds, bool own_colours) {
  const std::vector<std::string>& choice = kinds.empty() ? actor_kinds() : kinds;
  const std::size_t place = random.below(choice.size());
  ActorLook look;
  look.kind =
      static_cast<std::size_t>(std::ranges::find(actor_kinds(), choice[place]) - actor_kinds().begin());
  const std::size_t colours = actor_colours().size();
  if (own_colours)
    look.colour = place + choice.size() * random.below((colours - 1 - place) / choice.size() + 1);
  else
    look.colour = random.below(colours);
  look.pattern = random.below(actor_patterns().size());
  look.prop = random.below(prop_kinds().size());
  return look;
}

std::string describe_look(const ActorLook& look) {
  const std::string& colour = actor_colours()[look.colour];
  return (colour == "orange" ? "an " : "a ") + colour + " " + actor_patterns()[look.pattern] + " " +
         actor_kinds()[look.kind];
}

double body_radius(const Pose& pose) {
  return 0.12 * std::pow(2.0, pose.size);
}

void draw_actor(cv::Mat& picture, const ActorLook& look, const Pose& pose, double scale,
                double domain_shift) {
  const double radius = body_radius(pose) * scale * std::min(picture.cols, picture.rows);
  const std::vector<Part> parts = place_parts(look, pose, radius);
  const cv::Scalar dark(24, 22, 30);
  const cv::Scalar line = dark * (1 - domain_shift) + colours()[look.colour] * domain_shift;
  const double reach = kReach * radius;
  for (const int dx : {-1, 0, 1}) {
    for (const int dy : {-1, 0, 1}) {
      const Point centre((pose.x + dx) * picture.cols, (pose.y + dy) * picture.rows);
      if (centre.x < -reach || centre.x > picture.cols + reach || centre.y < -reach ||
          centre.y > picture.rows + reach)
        continue;
      if (domain_shift <= 0) {
        draw_parts(picture, parts, centre, line, true);
        continue;
      }
      cv::Mat solid = picture.clone();
      draw_parts(solid, parts, centre, line, true);
      cv::addWeighted(picture, 0.8 * domain_shift, solid, 1 - 0.8 * domain_shift, 0, picture);
      draw_parts(picture, parts, centre, line, false);
    }
  }
}

}  // namespace zoetrope::synthetic
