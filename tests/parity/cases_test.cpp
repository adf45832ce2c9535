// The fixtures without weights in tests/data/metrics against their authors' numbers, and how a run says what
// does not fit.
#include "zoetrope/parity/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope::parity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

nlohmann::json cases_named(const std::string& name) {
  const auto path = std::filesystem::path(ZOETROPE_TEST_DATA) / "metrics" / (name + ".json");
  return nlohmann::json::parse(read_text_file(path, kMaxFixtureBytes));
}

Report cases_report(const nlohmann::json& document) {
  const std::string text = document.dump();
  const Fixture fixture = parse_fixture(text, "cases.json");
  EXPECT_TRUE(is_known_cases(fixture));
  return run_cases_fixture(fixture, text);
}

std::string complaint_about(const nlohmann::json& document) {
  try {
    static_cast<void>(cases_report(document));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "";
}

const Check& check_named(const Report& report, const std::string& name) {
  const auto found = std::find_if(report.checks.begin(), report.checks.end(),
                                  [&](const Check& check) { return check.name == name; });
  if (found == report.checks.end()) throw Error::failed("no check '{}'", name);
  return *found;
}

TEST(ParityCases, TaggingMetricsMeetTheAuthorsNumbers) {
  const nlohmann::json document = cases_named("yt8m_metrics");
  const Report report = cases_report(document);
  EXPECT_TRUE(report.ok()) << format_report(report);
  EXPECT_EQ(report.checks.size(), document["result"].size());
}

TEST(ParityCases, ScoresMeetTheirFormulas) {
  const Report report = cases_report(cases_named("losses_scores"));
  EXPECT_TRUE(report.ok()) << format_report(report);
  EXPECT_EQ(report.checks.size(), 14U);
}

TEST(ParityCases, MasksMeetTheAuthorsNumbers) {
  const Report report = cases_report(cases_named("mucon_masks"));
  EXPECT_TRUE(report.ok()) << format_report(report);
  EXPECT_EQ(report.checks.size(), 12U);
}

TEST(ParityCases, SimilaritySamplingMeetsTheAuthorsNumbers) {
  const Report report = cases_report(cases_named("sgs_sampler"));
  EXPECT_TRUE(report.ok()) << format_report(report);
  EXPECT_EQ(report.checks.size(), 8 * 6U);  // of each distance and kernel
}

TEST(ParityCases, MetricsAndDecodersOfLongVideosMeetTheAuthorsNumbers) {
  for (const std::string name : {"segmentation_metrics", "mucon_viterbi", "activitynet_map", "wtalc_map"}) {
    const Report report = cases_report(cases_named(name));
    EXPECT_TRUE(report.ok()) << format_report(report);
    EXPECT_GE(report.checks.size(), 2U) << name;
  }
}

TEST(ParityCases, WhatIsNotComparedIsNamed) {
  nlohmann::json document = cases_named("yt8m_metrics");
  document["result"]["map_at_3"] = 0.5;
  const Report report = cases_report(document);
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(report.problems, ElementsAre("'map_at_3' is not compared"));
  EXPECT_THAT(
      cases_report({{"model", "losses and scores"}, {"source", "formulas"}, {"huber", {1, 2}}}).problems,
      ElementsAre("'huber' is not compared"));
}

TEST(ParityCases, TheLargestDifferenceOfAllCasesIsKept) {
  nlohmann::json document = cases_named("losses_scores");
  document = {{"model", document["model"]},
              {"source", "formulas"},
              {"tolerance", 1e-5},
              {"clustering", document["clustering"]},
              {"importance", document["importance"]}};
  document["clustering"][1]["accuracy"] = 0.66;
  document["clustering"][2]["counts"][0][0] = 7;
  document["importance"][0]["videos"][0]["selected"] = {0, 1};
  const Report report = cases_report(document);
  EXPECT_FALSE(report.ok());
  EXPECT_NEAR(check_named(report, "clustering.accuracy").difference, 0.01, 1e-9);
  EXPECT_FALSE(check_named(report, "clustering.accuracy").ok);
  EXPECT_TRUE(check_named(report, "clustering.matched").ok);
  EXPECT_EQ(check_named(report, "clustering.counts").difference, 1);
  EXPECT_FALSE(check_named(report, "clustering.counts").ok);
  EXPECT_EQ(check_named(report, "importance.selected").note, "6 numbers, not 2");
  EXPECT_THAT(report.problems, IsEmpty());
}

TEST(ParityCases, FilesAreNotTrusted) {
  const nlohmann::json good = cases_named("yt8m_metrics");
  nlohmann::json document = good;
  document["labels"][3] = {30};
  EXPECT_THAT(complaint_about(document), HasSubstr("labels[3][0]: must be at least 0 and below 30"));
  document = good;
  document["scores"][2].push_back(0.5);
  EXPECT_THAT(complaint_about(document), HasSubstr("scores[2]: must hold 30 scores"));
  document = good;
  document["labels"].erase(0);
  EXPECT_THAT(complaint_about(document), HasSubstr("labels: must be of 24 samples"));
  document = good;
  document["result"]["gap"] = "high";
  EXPECT_THAT(complaint_about(document), HasSubstr("result.gap: must be a number"));
  document = good;
  document["result"]["mmaction2.top_k_accuracy"] = {{"-1", 0.5}};
  EXPECT_THAT(complaint_about(document), HasSubstr("must have whole numbers as keys"));
  document = good;
  document.erase("scores");
  EXPECT_THAT(complaint_about(document), HasSubstr("\"scores\" is missing"));
}

}  // namespace
}  // namespace zoetrope::parity
