// Metrics of temporal detection: ActivityNet's as MMAction2 computes them, and those of W-TALC.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "zoetrope/decoding/activation_segments.h"
#include "zoetrope/metrics/detection.h"
#include "zoetrope/metrics/multilabel.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/cases.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

/// Ids by name, as names come.
class Ids {
 public:
  std::int64_t operator[](const std::string& name) {
    return ids_.emplace(name, static_cast<std::int64_t>(ids_.size())).first->second;
  }

 private:
  std::map<std::string, std::int64_t> ids_;
};

std::vector<double> read_span(const JsonView& segment) {
  std::vector<double> span = read_numbers(segment);
  if (span.size() != 2) segment.fail("must be [start, end]");
  return span;
}

struct ActivityNetCase {
  std::vector<metrics::TrueSegment> truth;
  std::vector<metrics::Detection> detections;
};

ActivityNetCase read_activitynet(const JsonView& document) {
  Ids videos, labels;
  ActivityNetCase read;
  const JsonView classes = document.at("classes");
  for (std::size_t i = 0; i < classes.size(); ++i) (void)labels[classes[i].text()];
  const JsonView truth = document.at("ground_truth"), detections = document.at("detections");
  for (const auto& [name, value] : truth.members()) {
    const JsonView list = truth.member(value).at("annotations");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::vector<double> span = read_span(list[i].at("segment"));
      const std::string bare = name.starts_with("v_") ? name.substr(2) : name;
      read.truth.push_back({videos[bare], labels[list[i].at("label").text()], span[0], span[1]});
    }
  }
  for (const auto& [name, value] : detections.members()) {
    const JsonView list = detections.member(value);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::vector<double> span = read_span(list[i].at("segment"));
      read.detections.push_back(
          {videos[name], labels[list[i].at("label").text()], span[0], span[1], list[i].at("score").number()});
    }
  }
  return read;
}

void run_activitynet(const Fixture&, const JsonView& document, CaseChecks& checks) {
  const ActivityNetCase read = read_activitynet(document);
  const auto compare = [&](const JsonView& expected, const std::string& prefix) {
    const auto found =
        metrics::activitynet_precisions(read.detections, read.truth, read_numbers(expected.at("thresholds")));
    checks.meet(prefix + "map", found.mean, expected.at("map"));
    checks.meet(prefix + "average_map", found.average(), expected.at("average_map"));
    return found;
  };
  const auto found = compare(document, "");
  const JsonView each = document.at("ap");
  if (each.size() != found.each.size()) each.fail("must be of every threshold");
  for (std::size_t k = 0; k < found.each.size(); ++k) checks.meet("ap", found.each[k], each[k]);
  compare(document.at("low"), "low.");
  const JsonView recall = document.at("average_recall");
  const metrics::RecallCurve curve =
      metrics::average_recall(read.detections, read.truth, recall.at("max_avg_proposals").number(),
                              metrics::thresholds(0.5, 0.05, 0.95));
  checks.meet("average_recall", curve.recall, recall.at("average_recall"));
  checks.meet("proposals_per_video", curve.proposals, recall.at("proposals_per_video"));
  checks.meet("auc", 100 * curve.area, recall.at("auc"));
}

/// The detections of a video: [T][classes] activations.
void detect(const JsonView& predictions, std::int64_t video, std::size_t num_classes,
            std::vector<metrics::Detection>& detections) {
  for (std::size_t c = 0; c < num_classes; ++c) {
    std::vector<double> activations;
    for (std::size_t t = 0; t < predictions.size(); ++t) {
      if (predictions[t].size() != num_classes) predictions[t].fail("must be one a class");
      activations.push_back(predictions[t][c].number());
    }
    for (const decoding::ActivationSegment& each : decoding::activation_segments(activations)) {
      detections.push_back({video, static_cast<std::int64_t>(c), static_cast<double>(each.start),
                            static_cast<double>(each.end), each.score});
    }
  }
}

struct WeaklySupervisedCase {
  std::vector<metrics::TrueSegment> truth, ambiguous;
  std::vector<metrics::Detection> detections;
};

WeaklySupervisedCase read_weakly_supervised(const JsonView& document) {
  WeaklySupervisedCase read;
  Ids videos, labels;
  const double factor = document.at("config").at("factor").number();
  const JsonView classes = document.at("config").at("classes"), list = document.at("videos");
  for (std::size_t c = 0; c < classes.size(); ++c) (void)labels[classes[c].text()];
  for (std::size_t v = 0; v < list.size(); ++v) {
    const std::int64_t video = videos[list[v].at("name").text()];
    const JsonView segments = list[v].at("segments"), names = list[v].at("labels");
    if (segments.size() != names.size()) names.fail("must be one a segment");
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const std::vector<double> span = read_span(segments[i]);
      read.truth.push_back({video, labels[names[i].text()], metrics::to_position(span[0], factor),
                            metrics::to_position(span[1], factor)});
    }
    detect(list[v].at("predictions"), video, classes.size(), read.detections);
  }
  const JsonView ambiguous = document.at("ambiguous");
  for (std::size_t i = 0; i < ambiguous.size(); ++i) {
    if (ambiguous[i].size() != 4) ambiguous[i].fail("must be [video, label, start, end]");
    const auto position = [&](std::size_t k) {
      return metrics::to_position(std::strtod(ambiguous[i][k].text().c_str(), nullptr), factor);
    };
    read.ambiguous.push_back({videos[ambiguous[i][0].text()], -1, position(2), position(3)});
  }
  return read;
}

void run_weakly_supervised(const Fixture&, const JsonView& document, CaseChecks& checks) {
  const WeaklySupervisedCase read = read_weakly_supervised(document);
  const JsonView maps = document.at("detection_map");
  for (const auto& [text, value] : maps.members()) {
    const std::vector<double> min_iou = {std::strtod(text.c_str(), nullptr)};
    const auto found =
        metrics::weakly_supervised_precisions(read.detections, read.truth, read.ambiguous, min_iou);
    checks.meet("detection_map", 100 * found.mean[0], maps.member(value));
  }
  const JsonView classification = document.at("classification");
  const JsonView confidence = classification.at("confidence"), labels = classification.at("labels");
  std::vector<float> scores;
  std::vector<std::uint8_t> positives;
  for (std::size_t v = 0; v < confidence.size(); ++v) {
    for (const double each : read_numbers(confidence[v])) scores.push_back(static_cast<float>(each));
    for (const double each : read_numbers(labels[v])) positives.push_back(each > 0 ? 1 : 0);
  }
  const std::size_t num_classes = confidence.size() == 0 ? 0 : confidence[0].size();
  if (positives.size() != scores.size()) labels.fail("must be as many as confidences");
  const metrics::TagTable tags{{scores, num_classes}, positives};
  checks.meet("classification.map", 100 * metrics::class_average_precisions(tags).mean(),
              classification.at("map"));
}

}  // namespace

CasesAdapter activitynet_metrics_adapter() {
  return {.family = "detection metrics (ActivityNet, MMAction2)",
          .takes = [](const Fixture& fixture) { return fixture.model == "ActivityNet detection metrics"; },
          .run = run_activitynet};
}

CasesAdapter weakly_supervised_metrics_adapter() {
  return {
      .family = "weakly supervised detection metrics (W-TALC)",
      .takes =
          [](const Fixture& fixture) { return fixture.model == "weakly supervised localisation metrics"; },
      .run = run_weakly_supervised};
}

}  // namespace zoetrope::parity
