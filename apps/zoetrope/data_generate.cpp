#include "apps/zoetrope/data_generate.h"

#include <fmt/format.h>

#include <filesystem>

#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/data/detection_generator.h"
#include "zoetrope/data/frame_labels.h"
#include "zoetrope/data/label_files.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGroup = "Options of generate";

// A set that is whole is only written over where that is wanted, and whatever else lies there never is. `first` and
// `last` are the files of a set that are written first and last.
void check_folder(const fs::path& folder, const char* first, const fs::path& last, bool force) {
  if (folder.empty()) throw Error::usage("-o DIR is needed: the folder of the set");
  if (!fs::exists(folder) || (fs::is_directory(folder) && fs::is_empty(folder))) return;
  if (!fs::exists(folder / first))
    throw Error::usage("{}: is there, and holds no such data set; choose a new folder", folder.string());
  if (fs::exists(folder / last) && !force)
    throw Error::usage("{}: holds a data set; --force makes it anew", folder.string());
}

data::VideoLabels read_sequences(const GenerateOptions& options, data::Vocabulary& classes) {
  data::VideoLabels videos = fs::is_directory(options.sequences)
                                 ? data::read_label_folder(options.sequences, classes)
                                 : data::read_label_table(options.sequences, classes, options.background);
  for (auto& [name, labels] : videos) labels = data::sample_labels(labels, options.every);
  return videos;
}

int generate_detection(const GenerateOptions& options, const std::string& output, bool json,
                       ProgressMode mode) {
  if (!options.segmentation_alone.empty())
    throw Error::usage("{} is of segmentation; of detection, --set has what may differ",
                       options.segmentation_alone);
  check_folder(output, "untrimmed", "trimmed.json", options.force);
  ConfigValue table{ConfigTable{}};
  for (const std::string& assignment : options.detection) apply_override(table, assignment);
  data::DetectionGeneratorOptions made;
  made.seed = options.features.seed;
  read_config(table, made);
  Progress progress({.label = output,
                     .unit = "video",
                     .units = "videos",
                     .total = made.train + made.test + made.clips,
                     .mode = mode});
  data::write_generated_detection_set(output, made, [&] {
    throw_if_interrupted();
    progress.advance();
  });
  progress.finish();
  if (json) {
    print_json({{"folder", output},
                {"videos", made.train + made.test},
                {"clips", made.clips},
                {"classes", made.classes},
                {"dimensions", made.dimensions}});
  } else {
    fmt::print("{}: {} untrimmed videos of {} classes, {} trimmed clips, two streams of {} numbers\n", output,
               made.train + made.test, made.classes, made.clips, made.dimensions);
  }
  return 0;
}

}  // namespace

int run_generate(const GenerateOptions& options, const std::string& output, bool json, ProgressMode mode) {
  if (options.task == "detection") return generate_detection(options, output, json, mode);
  if (!options.detection.empty()) throw Error::usage("--set is of sets for detection: --task detection");
  if (options.sequences.empty())
    throw Error::usage("--sequences is needed: a folder of label files, or a table of segments");
  if (!fs::exists(options.sequences)) throw Error::input("{}: is not there", options.sequences);
  check_folder(output, "mapping.txt", fs::path("splits") / "test.split1.bundle", options.force);
  const std::vector<std::string> names =
      options.mapping.empty() ? std::vector<std::string>{} : data::read_mapping(options.mapping);
  data::Vocabulary classes = names.empty() ? data::Vocabulary("action", true)
                                           : data::Vocabulary("action", true, names, options.mapping);
  const data::VideoLabels videos = read_sequences(options, classes);
  std::int64_t frames = 0;
  for (const auto& [name, labels] : videos) frames += std::ssize(labels);
  Progress progress(
      {.label = output, .unit = "video", .units = "videos", .total = std::ssize(videos), .mode = mode});
  data::write_generated_set(output, videos, classes.set().names, options.features, options.splits, [&] {
    throw_if_interrupted();
    progress.advance();
  });
  progress.finish();
  if (json) {
    print_json({{"folder", output},
                {"videos", videos.size()},
                {"frames", frames},
                {"classes", classes.set().names.size()},
                {"dimensions", options.features.dimensions},
                {"splits", options.splits.count}});
  } else {
    fmt::print("{}: {} videos, {} frames of {} numbers, {} classes, {} splits\n", output, videos.size(),
               frames, options.features.dimensions, classes.set().names.size(), options.splits.count);
  }
  return 0;
}

std::string flag_of_segmentation(const CLI::App& command) {
  for (const char* flag :
       {"--sequences", "--mapping", "--background", "--every", "--dimensions", "--noise", "--drift",
        "--drift-frames", "--pairs", "--pair-distance", "--splits", "--group-until"}) {
    if (command.count(flag) > 0) return flag;
  }
  return "";
}

void add_generate_flags(Program& program, CLI::App& command, GenerateOptions& options) {
  const auto add = [&](const char* names, auto& value, const char* help, const char* type) {
    return command.add_option(names, value, help)->type_name(type)->group(kGroup);
  };
  program
      .choice(command, "--task", options.task, {"segmentation", "detection"},
              "labels of frames, or untrimmed videos and trimmed clips of two streams (docs/detection.md)")
      ->group(kGroup);
  add("--set", options.detection, "of detection: what differs from the defaults, such as noise=[6,4]",
      "KEY=VALUE")
      ->allow_extra_args(false);
  add("--sequences", options.sequences,
      "real labels of frames: a folder of NAME.txt, or a CSV of video, start, end, label", "PATH");
  add("--mapping", options.mapping, "ids and names of the classes; in order of appearance if not given",
      "FILE");
  add("--background", options.background, "the class of what lies between the segments of a CSV", "NAME");
  add("--every", options.every, "take every so many-th frame", "N")
      ->check(Program::above_zero())
      ->capture_default_str();
  data::GeneratorOptions& features = options.features;
  add("--dimensions", features.dimensions, "numbers of a frame", "N")->capture_default_str();
  add("--noise", features.noise, "of a frame, where two numbers of class means lie 1.4 apart", "X")
      ->capture_default_str();
  add("--drift", features.drift, "of a video, as lighting and camera would have it", "X")
      ->capture_default_str();
  add("--drift-frames", features.drift_frames, "over which that drift forgets where it was", "X")
      ->check(Program::above_zero())
      ->capture_default_str();
  add("--pairs", features.confusable_pairs, "pairs of classes that are easily confused", "N")
      ->capture_default_str();
  add("--pair-distance", features.pair_distance, "of such two means, of what others differ by", "X")
      ->capture_default_str();
  add("--seed", features.seed, "of every number", "N")->capture_default_str();
  add("--splits", options.splits.count, "of training and test videos, each with another test part", "N")
      ->capture_default_str();
  add("--group-until", options.splits.group_until,
      "videos with equal names up to this text lie on one side of a split: '_' of P16_cam01", "TEXT");
  command.add_flag("--force", options.force, "replace an earlier set in the folder")->group(kGroup);
}

}  // namespace zoetrope::cli
