#include "zoetrope/media/augment.h"

namespace zoetrope::media {

void describe(ConfigFields& f, AugmentOptions& o) {
  f.field("crop", o.crop, "which part of the picture");
  f.field("area", o.area, "of a random box, as shares of the picture: least and most").range(0.01, 1);
  f.field("aspect", o.aspect, "of a random box, width over height: least and most").range(0.1, 10);
  f.field("short_side", o.short_side, "multi_scale: over the input's side, least and most").range(1, 10);
  f.field("flip", o.flip, "probability of a mirrored clip").range(0, 1);
  f.field("brightness", o.brightness, "largest change, as a share").range(0, 1);
  f.field("contrast", o.contrast, "largest change, as a share").range(0, 1);
  f.field("saturation", o.saturation, "largest change, as a share").range(0, 1);
  f.field("hue", o.hue, "largest turn, 0.5 being half of the circle").range(0, 0.5);
  f.field("gray", o.gray, "probability of a clip without colours").range(0, 1);
  f.field("rand_augment", o.rand_augment, "operations of RandAugment a clip; 0: off").range(0, 16);
  f.field("magnitude", o.magnitude, "of RandAugment's operations").range(0, 10);
}

}  // namespace zoetrope::media
