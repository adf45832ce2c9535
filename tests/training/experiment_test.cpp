#include "zoetrope/training/experiment.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/training/tiny_experiment.h"
#include "zoetrope/core/error.h"
#include "zoetrope/training/experiment_report.h"
#include "zoetrope/training/experiment_run.h"

namespace zoetrope::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(ExperimentWords, AreSplitAsAShellSplitsThem) {
  EXPECT_THAT(split_words("  train a.toml  'x y=1'\t\"it's\" z='' "),
              ElementsAre("train", "a.toml", "x y=1", "it's", "z="));
  EXPECT_THAT(split_words("''"), ElementsAre(""));
  EXPECT_TRUE(split_words(" ").empty());
  EXPECT_THROW((void)split_words("train 'a"), Error);
}

TEST(ExperimentWords, AreJoinedSoThatAShellSplitsThemAgain) {
  const Words words = {"train", "x y", "", "it's", "pool=[1, 2]", "{data}/a", "a;b"};
  EXPECT_EQ(split_words(join_words(words)), words);
  EXPECT_EQ(join_words({"segment", "{data}/features"}), "segment {data}/features");
}

TEST_F(TinyExperiment, NamesAreFilledFromTheNearestTable) {
  const Experiment experiment = load(kTiny);
  EXPECT_EQ(experiment.name, "tiny");
  const std::vector<PlannedRun> runs = plan_runs(experiment, "cpu");
  ASSERT_EQ(runs.size(), 8U) << "two rows, two splits, two seeds";
  EXPECT_EQ(runs[0].commands[0].text,
            "train recipe.toml data={data} rate=0.1 epochs=4 seed=7 split=1 -o {out}");
  EXPECT_EQ(runs[1].commands[0].text,
            "train recipe.toml data={data} rate=0.1 epochs=4 seed=8 split=1 -o {out}");
  EXPECT_EQ(runs[4].commands[0].text,
            "train recipe.toml data={data} rate=0.5 epochs=4 seed=7 split=1 -o {out}");
  EXPECT_EQ(runs[4].commands[1].words, (Words{"score", "{1}", "--json", "--quick", "--more=4"}))
      << "a word that is a name alone becomes as many words as it has";
  EXPECT_EQ(runs[0].commands[1].words, (Words{"score", "{1}", "--json"})) << "or none";
}

TEST_F(TinyExperiment, DoubledBracesAreBraces) {
  const Experiment experiment =
      load(replaced(kTiny, "rate={rate}", "'rate={rate} model={{ width = {epochs}, in = {{}} }}'"));
  EXPECT_EQ(plan_runs(experiment, "cpu")[0].commands[0].words[3], "rate=0.1 model={ width = 4, in = {} }");
}

TEST_F(TinyExperiment, WhatDoesNotFitIsSaid) {
  const auto complaint = [&](const std::string& from, const std::string& to) {
    return complaint_of(replaced(kTiny, from, to));
  };
  EXPECT_THAT(complaint("rate={rate}", "rate={rat}"), HasSubstr("nothing fills {rat}"));
  EXPECT_THAT(complaint("higher = [\"fast\"]", "higher = [\"fas\"]"),
              HasSubstr("'fas' is no row; did you mean 'fast'?"));
  EXPECT_THAT(complaint("metric = \"MoF\"", "metric = \"mof\""), HasSubstr("'mof' is no metric"));
  EXPECT_THAT(complaint("lower = [\"slow\"]", ""), HasSubstr("needs rows in both"));
  EXPECT_THAT(complaint("name = \"fast\"", "name = \"slow\""), HasSubstr("'slow' is there twice"));
  EXPECT_THAT(complaint("paper = { MoF = 40 }", "paper = { F1 = 40 }"), HasSubstr("'F1' is no metric"));
  EXPECT_THAT(complaint("seeds = [7, 8]", "seeds = []"), HasSubstr("needs a seed"));
  EXPECT_THAT(complaint("title =", "titel ="), HasSubstr("did you mean 'title'?"));
  EXPECT_THROW((void)plan_runs(load(kTiny), "gpu"), Error);
}

TEST_F(TinyExperiment, DataIsFoundInAFolderOrOneLevelBelow) {
  EXPECT_EQ(find_data(folder_.path(), "salads"), folder_.path() / "data/salads");
  EXPECT_EQ(find_data(folder_.path() / "data", "salads"), folder_.path() / "data/salads");
  EXPECT_THROW((void)find_data(folder_.path(), "cereals"), Error);
}

TEST_F(TinyExperiment, EveryCommandRunsOnceAndItsFolderIsFilledIn) {
  const ExperimentResult result = run();
  ASSERT_EQ(result.runs.size(), 8U);
  EXPECT_EQ(ran_.size(), 16U);
  EXPECT_EQ(ran_[0][0], "train");
  EXPECT_EQ(ran_[0][2], "data=" + (folder_.path() / "data/salads").string());
  EXPECT_EQ(ran_[0].back(), ran_[1][1]) << "{1} is the folder that the training was given as {out}";
  EXPECT_EQ(result.runs[0].values.at("MoF"), 10) << "100 * rate";
  EXPECT_EQ(result.runs[7].values.at("MoF"), 50);
  EXPECT_GE(result.runs[0].values.at("time"), 0);

  ran_.clear();
  EXPECT_EQ(run().runs.size(), 8U);
  EXPECT_TRUE(ran_.empty()) << "a rerun has nothing to do";
  std::ofstream(folder_.path() / "recipe.toml") << "epochs = 9";
  (void)run();
  EXPECT_EQ(ran_.size(), 16U) << "another recipe is another training";
}

TEST_F(TinyExperiment, RowsThatShareACommandShareItsRun) {
  const std::string text =
      replaced(kTiny, "rate = 0.5, flags = '--quick --more={epochs}'", "rate = 0.1, flags = '--quick'");
  const ExperimentResult result = run(text, {.jobs = 3});
  EXPECT_EQ(result.runs.size(), 8U);
  EXPECT_EQ(std::ranges::count(ran_, "train", [](const Words& words) { return words[0]; }), 4);
  EXPECT_EQ(std::ranges::count(ran_, "score", [](const Words& words) { return words[0]; }), 8);
}

TEST_F(TinyExperiment, APartMayBeRunAndTheRestLater) {
  ExperimentResult result = run(kTiny, {.seeds = {8}, .splits = {1}, .rows = {"fast"}});
  ASSERT_EQ(result.runs.size(), 1U);
  EXPECT_EQ(result.runs[0].row, "fast");
  result = run(kTiny, {.seeds = {7}});
  EXPECT_EQ(result.runs.size(), 5U) << "what was there before, and four more";
  EXPECT_THROW(run(kTiny, {.rows = {"faster"}}), Error);
  EXPECT_THROW(run(kTiny, {.seeds = {1}}), Error);
}

TEST_F(TinyExperiment, AFailureLosesItsRunAlone) {
  fails_ = "rate=0.5";
  const ExperimentResult result = run();
  EXPECT_EQ(result.runs[0].values.size(), 2U);
  EXPECT_THAT(result.runs[4].error, HasSubstr("error: no such rate"));
  EXPECT_THAT(report_experiment(load(kTiny), result), HasSubstr("- fast, split 1, seed 7: train-"));
  EXPECT_FALSE(measure(result, "fast", "MoF"));
  fails_ = "";
  ran_.clear();
  EXPECT_TRUE(run().runs[4].error.empty());
  EXPECT_EQ(ran_.size(), 8U) << "what failed is tried again";
}

TEST_F(TinyExperiment, ANumberThatIsNotThereLosesItsRunAlone) {
  const std::string text =
      replaced(kTiny, "metrics = [", "metrics = [{ name = \"edit\", path = \"edit\" }, ");
  const ExperimentResult result = run(text);
  ASSERT_EQ(result.runs.size(), 8U);
  EXPECT_THAT(result.runs[0].error, HasSubstr("no 'edit' in what the command printed"));
}

TEST_F(TinyExperiment, TimesAreOfCommandsThatRanAlike) {
  const std::string timed = replaced(kTiny, "data = \"salads\"", "data = \"salads\"\ntimed = true");
  (void)run(kTiny, {.jobs = 2});
  ran_.clear();
  (void)run(timed, {.jobs = 1, .threads = 2});
  EXPECT_EQ(ran_.size(), 16U) << "not those of a table that ran two at a time";
  ran_.clear();
  (void)run(timed, {.jobs = 1, .threads = 2});
  EXPECT_TRUE(ran_.empty());
}

TEST_F(TinyExperiment, AStoppedTrainingGoesOn) {
  fails_ = "checkpoint";
  EXPECT_FALSE(run(kTiny, {.seeds = {7}, .splits = {1}, .rows = {"slow"}}).runs[0].error.empty());
  fails_ = "";
  ran_.clear();
  (void)run(kTiny, {.seeds = {7}, .splits = {1}, .rows = {"slow"}});
  EXPECT_EQ(ran_[0].back(), "--resume");
}

TEST_F(TinyExperiment, AResultIsReadBack) {
  fails_ = "seed=8";
  const ExperimentResult result = run();
  const ExperimentResult read = read_result(result_path(folder_.path() / "results", "tiny", "cpu"));
  EXPECT_EQ(read.machine, "a machine");
  ASSERT_EQ(read.runs.size(), result.runs.size());
  for (std::size_t i = 0; i < read.runs.size(); ++i) {
    EXPECT_EQ(read.runs[i].values, result.runs[i].values);
    EXPECT_EQ(read.runs[i].error, result.runs[i].error);
  }
  std::ofstream(folder_.path() / "broken.json") << "[1]";
  EXPECT_THROW((void)read_result(folder_.path() / "broken.json"), Error);
}

TEST(NumberAt, FollowsKeysAndPlacesInLists) {
  const std::string json =
      R"({"f1": {"10": {"pooled": 41.5}}, "epochs": [{"loss": 3}, {"loss": 2}], "name": "x"})";
  EXPECT_EQ(number_at(json, "f1.10.pooled"), 41.5);
  EXPECT_EQ(number_at(json, "epochs.0.loss"), 3);
  EXPECT_EQ(number_at(json, "epochs.-1.loss"), 2);
  for (const char* path : {"f1", "f1.25", "epochs.2.loss", "epochs.x.loss", "name", "name.first", ""})
    EXPECT_THROW((void)number_at(json, path), Error) << path;
  EXPECT_THROW((void)number_at("3 videos", "mof"), Error);
}

ExperimentResult result_of(const std::map<std::string, std::vector<double>>& rows) {
  ExperimentResult result{.experiment = "made_up", .scale = "cpu"};
  for (const auto& [row, values] : rows) {
    for (std::size_t seed = 0; seed < values.size(); ++seed)
      result.runs.push_back(
          {.row = row, .seed = static_cast<std::int64_t>(seed), .values = {{"MoF", values[seed]}}});
  }
  return result;
}

TEST(ExperimentStatistics, SeedsAreMeansOverSplits) {
  ExperimentResult result;
  for (const auto& [seed, split, value] :
       {std::tuple(1, 1, 10.0), {1, 2, 20.0}, {2, 1, 30.0}, {2, 2, 40.0}, {3, 1, 0.0}})
    result.runs.push_back({.row = "a", .split = split, .seed = seed, .values = {{"MoF", value}}});
  EXPECT_EQ(seed_values(result, "a", "MoF"), (std::map<std::int64_t, double>{{1, 15}, {2, 35}}))
      << "seed 3 lacks split 2";
  const Measured measured = measure(result, "a", "MoF").value();
  EXPECT_EQ(measured.mean, 25);
  EXPECT_DOUBLE_EQ(*measured.deviation, std::sqrt(200.0));
  EXPECT_FALSE(measure(result, "b", "MoF"));
  EXPECT_FALSE(measure(result_of({{"a", {3}}}), "a", "MoF")->deviation) << "of one seed there is none";
}

TEST(ExperimentRelations, AreJudgedByThePairThatDecides) {
  const ExperimentResult result =
      result_of({{"a", {10, 12}}, {"b", {20, 22}}, {"c", {21, 27}}, {"d", {80, 90}}});
  ExperimentRelation relation{.metric = "MoF", .higher = {"c", "d"}, .lower = {"a", "b"}};
  Judgement judgement = judge(relation, result);
  EXPECT_EQ(verdict_text(judgement), "held, within noise");
  EXPECT_EQ(judgement.higher + judgement.lower, "cb");
  EXPECT_EQ(judgement.difference, 3);
  EXPECT_DOUBLE_EQ(*judgement.standard_error, 2) << "of 1 and 5";
  relation.lower = {"a"};
  EXPECT_EQ(verdict_text(judge(relation, result)), "held");
  relation.by = 40;
  EXPECT_EQ(verdict_text(judge(relation, result)), "did not hold");
  relation = {.metric = "MoF", .higher = {"d"}, .lower = {"b"}, .times = 4};
  EXPECT_EQ(verdict_text(judge(relation, result)), "held, within noise") << "85 is 4.05 times 21";
  relation.times = 10;
  EXPECT_EQ(verdict_text(judge(relation, result)), "did not hold");
  relation = {.metric = "MoF", .of = RelationOf::kDeviation, .higher = {"d"}, .lower = {"a", "b", "c"}};
  EXPECT_EQ(verdict_text(judge(relation, result)), "held");
  relation = {.metric = "MoF", .alike = {"b", "c"}, .within = 2};
  EXPECT_EQ(verdict_text(judge(relation, result)), "did not hold, within noise");
  EXPECT_EQ(verdict_text(judge(relation, result_of({{"b", {20}}, {"c", {21}}}))), "held, of one seed");
  relation.alike = {"b", "gone"};
  EXPECT_EQ(verdict_text(judge(relation, result)), "not measured");
}

TEST_F(TinyExperiment, TheReportHasThePaperBesideOursAndEachClaim) {
  const std::string text = report_experiment(load(kTiny), run());
  EXPECT_THAT(text, HasSubstr("## Rates (cpu)\n\nA book, table 1. Small. Four epochs.\n"));
  EXPECT_THAT(text, HasSubstr("| | MoF, paper | ours | time |\n| --- | --- | --- | --- |\n"));
  EXPECT_THAT(text, HasSubstr("| slow | 40.0 | 10.0 ± 0.0 |"));
  EXPECT_THAT(text, HasSubstr("| fast | - | 50.0 ± 0.0 |"));
  EXPECT_THAT(text, HasSubstr("| fast is above slow | held | +40.0 ± 0.0, fast and slow |"));
  EXPECT_THAT(text, HasSubstr("\"slow is far above\" did not hold: It was made up.\n"));
  EXPECT_THAT(text, HasSubstr("seeds 7, 8, splits 1, 2; 0 min"));
  const std::string page = report_page({{load(kTiny), run()}}, "zoetrope experiment");
  EXPECT_THAT(page, HasSubstr("| Rates (`tiny`) | cpu | 1 of 2 |\n"));
}

TEST(ShippedExperiments, HaveAllThatTheirCommandsName) {
  const std::filesystem::path root = std::filesystem::path(ZOETROPE_TEST_DATA) / "../..";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root / "experiments")) {
    if (entry.path().extension() != ".toml") continue;
    SCOPED_TRACE(entry.path());
    ++files;
    const Experiment experiment = load_experiment(entry.path());
    for (const auto& [scale, options] : experiment.scales) {
      const std::vector<PlannedRun> runs = plan_runs(experiment, scale);
      EXPECT_EQ(runs.size(), experiment.rows.size() * options.seeds.size() * options.splits.size());
      for (const PlannedCommand& command : runs.front().commands) {
        for (const std::string& word : command.words) {
          if (!word.starts_with("recipes/")) continue;
          EXPECT_TRUE(std::filesystem::exists(root / word)) << word;
        }
      }
    }
  }
  EXPECT_GT(files, 30U);
}

}  // namespace
}  // namespace zoetrope::training
