#include "zoetrope/training/correspondence_recipe.h"

namespace zoetrope::training {

void describe(ConfigFields& f, TeacherSection& o) {
  f.field("bundle", o.bundle, "a trained network");
  f.field("model", o.model, "in place of it, a network with weights as they begin, for comparison");
}

void describe(ConfigFields& f, CorrespondenceRecipe& o) {
  f.field("task", o.task, "what is trained").choices({kCorrespondenceTask});
  describe(f, o.run);
  f.field("teacher", o.teacher, "the frozen network that sees frames");
  f.field("world", o.world, "a rendered world that the data lies in");
  f.field("data", o.data, "videos; their labels are not looked at");
  f.field("input", o.input, "clips as both networks take them");
  f.field("augment", o.augment, "what is done to training clips");
  f.field("head", o.head, "the layers that compare both networks' features");
  f.field("batch_size", o.batch_size, "clips of a step").range(2, 1 << 20);
}

}  // namespace zoetrope::training
