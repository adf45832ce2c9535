#include "apps/zoetrope/commands.h"
#include "zoetrope/core/heap.h"

int main(int argc, char** argv) {
  zoetrope::keep_freed_memory();
  zoetrope::cli::Program program;
  zoetrope::cli::add_analyze(program);
  zoetrope::cli::add_info(program);
  zoetrope::cli::add_frames(program);
  zoetrope::cli::add_features(program);
  zoetrope::cli::add_data(program);
  zoetrope::cli::add_render(program);
  zoetrope::cli::add_import(program);
  zoetrope::cli::add_train(program);
  zoetrope::cli::add_evaluate(program);
  zoetrope::cli::add_score(program);
  zoetrope::cli::add_cluster(program);
  zoetrope::cli::add_segment(program);
  zoetrope::cli::add_align(program);
  zoetrope::cli::add_detect(program);
  zoetrope::cli::add_caption(program);
  zoetrope::cli::add_experiment(program);
  zoetrope::cli::add_models(program);
  zoetrope::cli::add_parity(program);
  zoetrope::cli::add_doctor(program);
  zoetrope::cli::add_completion(program);
  zoetrope::cli::add_man(program);
  return program.main(argc, argv);
}
