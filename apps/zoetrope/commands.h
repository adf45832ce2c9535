#pragma once
// Every sub-command, in the order in which the help lists them. One file each.

#include "apps/zoetrope/program.h"

namespace zoetrope::cli {

void add_analyze(Program& program);
void add_info(Program& program);
void add_frames(Program& program);
void add_features(Program& program);
void add_data(Program& program);
void add_render(Program& program);
void add_import(Program& program);
void add_train(Program& program);
void add_cluster(Program& program);
void add_evaluate(Program& program);
void add_score(Program& program);
void add_segment(Program& program);
void add_align(Program& program);
void add_detect(Program& program);
void add_caption(Program& program);
void add_experiment(Program& program);
void add_models(Program& program);
void add_parity(Program& program);
void add_doctor(Program& program);
void add_completion(Program& program);
void add_man(Program& program);

}  // namespace zoetrope::cli
