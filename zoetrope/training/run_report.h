#pragma once
// A run as a page for people: report.html in its folder, with the curves of loss, rate and metrics, the classes and
// the confusion matrix of the best epoch. One file, no scripts, nothing from elsewhere.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zoetrope/tasks/scoring.h"

namespace zoetrope::training {

/// What a validation found of a head: its metrics, classes and, where labels exclude one another, confusions by truth
/// and prediction.
[[nodiscard]] nlohmann::ordered_json metrics_json(const tasks::HeadMetrics& head);

/// summary.json: what an epoch's validation found, whole.
void write_summary(const std::filesystem::path& folder, std::int64_t epoch,
                   const std::vector<tasks::HeadMetrics>& heads);

/// From log.jsonl and, where there is one, summary.json. Throws Error (kFailed) where the disk refuses.
void write_report(const std::filesystem::path& folder, const std::string& name);

}  // namespace zoetrope::training
