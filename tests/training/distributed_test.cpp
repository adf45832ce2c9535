// Runs of several processes on this machine. Each is this test program, told by variables which rank it is
// and what it trains.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "tests/support/free_port.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/launch.h"
#include "zoetrope/core/log.h"
#include "zoetrope/models/list.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/training/trainer.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::training::distributed {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr const char* kFolder = "ZOETROPE_DISTRIBUTED_TEST_FOLDER";
constexpr const char* kCase = "ZOETROPE_DISTRIBUTED_TEST_CASE";
constexpr const char* kSlowly = "ZOETROPE_DISTRIBUTED_TEST_SLOWLY";
constexpr const char* kSilent = "ZOETROPE_DISTRIBUTED_TEST_SILENT";

struct NormedOptions {
  std::int64_t num_classes = 4;
};
void describe(ConfigFields& fields, NormedOptions& options) {
  fields.field("num_classes", options.num_classes, "classes").range(1, 1000);
}

// Two convolutions, each with a batch norm of ours, and a classifier.
class NormedModel : public models::Model {
 public:
  explicit NormedModel(const NormedOptions& options)
      : conv1_(register_module("conv1", torch::nn::Conv3d(torch::nn::Conv3dOptions(3, 4, 3).bias(false)))),
        bn1_(register_module("bn1", nn::BatchNorm3d(torch::nn::BatchNormOptions(4)))),
        conv2_(register_module("conv2",
                               torch::nn::Conv3d(torch::nn::Conv3dOptions(4, 6, {2, 3, 3}).bias(false)))),
        bn2_(register_module("bn2", nn::BatchNorm3d(torch::nn::BatchNormOptions(6)))),
        fc_(register_module("fc", torch::nn::Linear(6, options.num_classes))) {}

  models::NamedTensors run(const std::vector<torch::Tensor>& inputs, models::Stages*) override {
    const torch::Tensor first = torch::relu(bn1_(conv1_(inputs.at(0))));
    const torch::Tensor pooled = torch::relu(bn2_(conv2_(first))).mean({2, 3, 4});
    return {{"logits", fc_(pooled)}, {"features", pooled}};
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return {{"clip", {1, 3, 4, 8, 8}}};
  }
  void reset_parameters() override {}

 private:
  torch::nn::Conv3d conv1_;
  nn::BatchNorm3d bn1_;
  torch::nn::Conv3d conv2_;
  nn::BatchNorm3d bn2_;
  torch::nn::Linear fc_;
};

models::ModelList normed_models() {
  return {models::entry<NormedModel>("normed", "Normed", "none", "none", NormedOptions{})};
}

// Clips that rise or fall in brightness; every third is not labelled for the tags.
data::Dataset rising_and_falling(std::int64_t count) {
  data::Dataset dataset{.label_sets = {{.name = "motion", .names = {"rising", "falling"}},
                                       {.name = "tags", .names = {"a", "b", "c"}, .exclusive = false}}};
  for (std::int64_t i = 0; i < count; ++i) {
    data::Sample sample{.id = std::to_string(i)};
    sample.labels = {std::vector<std::int64_t>{i % 2}, std::nullopt};
    if (i % 3 > 0) sample.labels[1] = std::vector<std::int64_t>{i % 3};
    dataset.samples.push_back(sample);
  }
  return dataset;
}

// `slowly`: so that a run is still going when it is to be stopped.
data::SampleSource source_of(bool slowly) {
  return [slowly](const data::Sample& sample, RandomGenerator& random) -> data::LoadedSample {
    if (slowly) std::this_thread::sleep_for(std::chrono::milliseconds(40));
    if (sample.id == "5") throw Error::input("5.mp4: no video");
    torch::Tensor clip = torch::empty({3, 4, 8, 8}, torch::kUInt8);
    const double middle = uniform(random, 90, 160),
                 slope = (sample.labels[0]->front() == 0 ? 1 : -1) * uniform(random, 15, 25);
    for (std::int64_t t = 0; t < 4; ++t)
      clip.select(1, t).fill_(static_cast<int>(middle + slope * (static_cast<double>(t) - 1.5)));
    for (std::int64_t i = 0; i < 8; ++i) clip[i % 3][i % 4][i].fill_(static_cast<int>(random() % 256));
    return {.clip = clip};
  };
}

// Everything that ranks share: two heads, mixing, parts of a step, averages, statistics taken anew.
Recipe recipe_of(const std::string& name) {
  Recipe recipe{.name = "test", .model = {.name = "normed"}};
  recipe.input = {.frames = 4, .size = 8};
  recipe.data.max_broken = 0.2;
  recipe.optimizer = {.lr = 0.05, .clip_norm = 5};
  recipe.batch_size = 8;
  recipe.epochs = 2;
  recipe.label_smoothing = 0.1;
  if (name == "plain") return recipe;
  recipe.accumulate = 3;
  recipe.mixing = {.mixup = 0.4, .cutmix = 1, .between_class = true, .probability = 0.8};
  recipe.ema = 0.9;
  recipe.precise_norms = 2;
  recipe.head_weights = {{"tags", 0.5}};
  if (name == "stopped") {
    recipe.epochs = 6;
    recipe.checkpoint_minutes = 1e-6;  // after every step
  }
  return recipe;
}

RunResult train(const std::string& name, const fs::path& folder, bool slowly, Ranks* ranks) {
  torch::set_num_threads(1);
  const data::Dataset train = rising_and_falling(30), validation = rising_and_falling(11);
  const models::ModelList models = normed_models();
  Trainer trainer(recipe_of(name), {train, source_of(slowly), &validation, source_of(false)}, folder,
                  {.workers = 2, .resume = true, .ranks = ranks}, models);
  return trainer.run();
}

TEST(DistributedChild, Trains) {
  const char* folder = std::getenv(kFolder);
  if (!folder) return;  // as a test of its own it has nothing to do
  install_interrupt_handler();
  const std::string name = std::getenv(kCase);
  const Launch launch = launch_of(this_environment());
  std::unique_ptr<Ranks> ranks;
  try {
    if (launch.world_size > 1)
      ranks =
          std::make_unique<Ranks>(launch, RanksOptions{.silent_seconds = std::atof(std::getenv(kSilent))});
    if (launch.rank > 0) set_log_level(LogLevel::kError);
    const RunResult result = train(name, folder, std::getenv(kSlowly) != nullptr, ranks.get());
    ranks.reset();
    std::_Exit(result.broken > 0 ? 3 : 0);
  } catch (const Error& error) {
    if (!ranks) log_error("{}", error.what());
    std::_Exit(ranks ? ranks->leave(error) : error.exit_code());
  }
}

// The ranks of one run.
class Processes {
 public:
  Processes(int world, const std::string& name, const fs::path& folder, bool slowly,
            double silent_seconds = 20)
      : folder_(folder) {
    const int port = test::free_port();
    for (int rank = 0; rank < world; ++rank) {
      std::map<std::string, std::string> variables = {{kFolder, folder.string()},
                                                      {kCase, name},
                                                      {kSilent, std::to_string(silent_seconds)},
                                                      {"RANK", std::to_string(rank)},
                                                      {"WORLD_SIZE", std::to_string(world)},
                                                      {"MASTER_ADDR", "127.0.0.1"},
                                                      {"MASTER_PORT", std::to_string(port)}};
      if (slowly) variables[kSlowly] = "1";
      children_.push_back(start(variables, words_of(rank)));
    }
  }
  ~Processes() {
    for (const pid_t child : children_) {
      if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
      }
    }
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  void signal(int rank, int number) { kill(children_[static_cast<std::size_t>(rank)], number); }

  /// The exit code, or minus the signal that ended it; -1000 where it did not end.
  int wait(int rank, double seconds = 60) {
    pid_t& child = children_[static_cast<std::size_t>(rank)];
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (int status = 0; Clock::now() < end; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
      if (waitpid(child, &status, WNOHANG) != child) continue;
      child = 0;
      return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    return -1000;
  }

  /// What the rank has said on standard error.
  [[nodiscard]] std::string words(int rank) const { return read_text_file(words_of(rank), 1 << 20); }

  /// Until so many steps more than `before` are logged.
  void wait_for_steps(std::int64_t count) const {
    const std::int64_t goal = steps() + count;
    const auto end = Clock::now() + std::chrono::seconds(60);
    while (steps() < goal && Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_GE(steps(), goal);
  }

 private:
  [[nodiscard]] fs::path words_of(int rank) const { return folder_.string() + fmt::format(".words{}", rank); }
  [[nodiscard]] std::int64_t steps() const {
    if (!fs::exists(folder_ / "log.jsonl")) return 0;
    const std::string log = read_text_file(folder_ / "log.jsonl", 1 << 20);
    return std::ranges::count(log, '\n');
  }
  static pid_t start(const std::map<std::string, std::string>& variables, const fs::path& words) {
    const pid_t child = fork();
    if (child != 0) return child;
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    dup2(open("/dev/null", O_WRONLY), 1);
    dup2(open(words.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    execl("/proc/self/exe", "test_training", "--gtest_filter=DistributedChild.Trains", nullptr);
    std::_Exit(127);
  }

  fs::path folder_;
  std::vector<pid_t> children_;
};

void expect_same_weights(const fs::path& a, const fs::path& b, double tolerance) {
  const weights::SafetensorsFile first((a / "model.safetensors").string()),
      second((b / "model.safetensors").string());
  const auto ours = first.tensors(), theirs = second.tensors();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double apart =
        (ours[i].second.to(torch::kDouble) - theirs[i].second.to(torch::kDouble)).abs().max().item<double>();
    EXPECT_LE(apart, tolerance) << ours[i].first;
  }
}

// epoch, loss and metrics of each line of results.csv.
std::vector<std::vector<double>> results_of(const fs::path& folder) {
  std::istringstream lines(read_text_file(folder / "results.csv", 1 << 20));
  std::vector<std::vector<double>> rows;
  std::string line, field;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (int i = 0; std::getline(fields, field, ','); ++i) {
      if (i != 4 && i != 5) rows.back().push_back(std::stod(field));  // but not its speed
    }
  }
  return rows;
}

void expect_same_results(const fs::path& a, const fs::path& b, double tolerance) {
  const auto ours = results_of(a), theirs = results_of(b);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].size(), theirs[i].size());
    for (std::size_t j = 0; j < ours[i].size(); ++j) EXPECT_NEAR(ours[i][j], theirs[i][j], tolerance);
  }
}

class Distributed : public testing::Test {
 protected:
  void SetUp() override {
    if (rank_backends().empty())
      GTEST_SKIP() << "this build cannot train on several ranks: no headers of Gloo";
  }
  [[nodiscard]] fs::path folder(const char* name) const { return root_.path() / name; }

  test::TemporaryFolder root_;
};

TEST_F(Distributed, RanksEndWhereOneProcessDoes) {
  for (const char* name : {"plain", "all"}) {
    const fs::path alone = folder(name);
    const RunResult result = train(name, alone, false, nullptr);
    EXPECT_GT(result.broken, 0);
    for (const int world : {2, 3}) {
      const fs::path together = folder(fmt::format("{}{}", name, world).c_str());
      Processes processes(world, name, together, false);
      for (int rank = 0; rank < world; ++rank) EXPECT_EQ(processes.wait(rank), 3) << processes.words(rank);
      for (int rank = 1; rank < world; ++rank) EXPECT_EQ(processes.words(rank), "");
      expect_same_weights(alone / "last", together / "last", 1e-5);
      expect_same_results(alone, together, 1e-4);
    }
  }
}

TEST_F(Distributed, ARunGoesOnWithAnotherNumberOfRanks) {
  const fs::path whole = folder("whole"), parts = folder("parts");
  (void)train("stopped", whole, false, nullptr);
  {  // One of two is killed: the other ends by itself, in seconds.
    Processes processes(2, "stopped", parts, true);
    processes.wait_for_steps(4);
    processes.signal(1, SIGKILL);
    const auto begin = Clock::now();
    EXPECT_EQ(processes.wait(0), 1);
    EXPECT_LT(std::chrono::duration<double>(Clock::now() - begin).count(), 10);
    EXPECT_THAT(processes.words(0), HasSubstr("error: rank 1 was lost; --resume goes on"));
    EXPECT_EQ(processes.wait(1), -SIGKILL);
  }
  {  // One process goes on, and is stopped.
    Processes processes(1, "stopped", parts, true);
    processes.wait_for_steps(3);
    processes.signal(0, SIGTERM);
    EXPECT_EQ(processes.wait(0), 143) << processes.words(0);
  }
  {  // Two go on; one is told to stop: both stop at the same step.
    Processes processes(2, "stopped", parts, true);
    processes.wait_for_steps(3);
    processes.signal(1, SIGTERM);
    for (const int rank : {0, 1}) EXPECT_EQ(processes.wait(rank), 143) << processes.words(rank);
    EXPECT_THAT(processes.words(0), HasSubstr("error: terminated"));
    EXPECT_EQ(processes.words(1), "") << "one word is enough";
  }
  Processes processes(3, "stopped", parts, false);
  for (const int rank : {0, 1, 2}) EXPECT_EQ(processes.wait(rank) % 3, 0) << processes.words(rank);
  expect_same_weights(whole / "last", parts / "last", 1e-4);
  expect_same_results(whole, parts, 1e-3);
}

TEST_F(Distributed, WithoutRankZeroTheOthersEnd) {
  Processes processes(3, "stopped", folder("run"), true);
  processes.wait_for_steps(2);
  processes.signal(0, SIGKILL);
  for (const int rank : {1, 2}) {
    EXPECT_EQ(processes.wait(rank), 1);
    EXPECT_THAT(processes.words(rank), HasSubstr("rank 0 was lost; --resume goes on"));
  }
}

TEST_F(Distributed, ARankThatHangsIsLostToo) {
  for (const int lost : {0, 1}) {
    Processes processes(2, "stopped", folder(fmt::format("run{}", lost).c_str()), true, 1.5);
    processes.wait_for_steps(2);
    processes.signal(lost, SIGSTOP);  // its connections stay
    EXPECT_EQ(processes.wait(1 - lost), 1);
    EXPECT_THAT(processes.words(1 - lost), HasSubstr(fmt::format("rank {} was lost", lost)));
  }
}

}  // namespace
}  // namespace zoetrope::training::distributed
