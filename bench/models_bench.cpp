// How long the networks take for one clip of their published size: LibTorch's eager execution of the network
// as it is, with LibTorch's own convolutions, against the engine that inference runs it by, in one process;
// and what share of the machine's matrix products the engine reaches. Prints a table in Markdown.
//
//   build/bench/models_bench [NAME...]
#include <fmt/format.h>
#include <sys/resource.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "zoetrope/core/heap.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/nn/conv3d.h"

namespace {

using namespace zoetrope;

constexpr int kRepeats = 5;
constexpr std::int64_t kMatrix = 2048;

/// Median seconds of several runs, after one that does not count.
double seconds(const std::function<void()>& run) {
  run();
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// Multiply-adds a second of a product of large matrices: what a network cannot exceed.
double sgemm_rate() {
  const torch::Tensor a = torch::rand({kMatrix, kMatrix}), b = torch::rand({kMatrix, kMatrix});
  const double time = seconds([&] { (void)torch::mm(a, b); });
  return static_cast<double>(kMatrix) * kMatrix * kMatrix / time;
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void print_row(const std::string& name, double sgemm) {
  const auto eager_model = models::make_model(name);
  eager_model->eval();
  const torch::Tensor clip = torch::rand(eager_model->native_clip());
  const auto cost = models::count_multiply_adds(*eager_model, eager_model->inputs_of(clip));
  const double eager = seconds([&] {
    const nn::PlainConv3dScope plain;
    (void)eager_model->forward(clip);
  });
  inference::Engine engine(models::make_model(name));
  const double ours = seconds([&] { (void)engine.run(clip); });
  const double rate = static_cast<double>(cost.multiply_adds) / ours;
  fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.2f} | {:.2f} | {:.0f} |\n", name,
             models::format_count(cost.multiply_adds), 1000 * eager, 1000 * ours, eager / ours, rate / sgemm,
             peak_mebibytes());
  std::fflush(stdout);
}

void run(const std::vector<std::string>& names) {
  const torch::NoGradGuard no_grad;
  const int threads = inference::use_threads(0);
  const double sgemm = sgemm_rate();
  fmt::print(
      "{} threads; matrix product of {} x {}: {:.1f} G multiply-adds a second; median of {} runs, batch "
      "1\n\n",
      threads, kMatrix, kMatrix, sgemm * 1e-9, kRepeats);
  fmt::print(
      "| model | multiply-adds | eager, ms | engine, ms | eager / engine | share of sgemm | peak MiB so far "
      "|\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::string& name : names) print_row(name, sgemm);
}

}  // namespace

int main(int argc, char** argv) {
  zoetrope::keep_freed_memory();
  try {
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty())
      names = {"resnet50",     "r3d_18",  "r2plus1d_18", "x3d_s",
               "slowfast_r50", "i3d_rgb", "csn_r101",    "tsm_resnet50"};
    run(names);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "models_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
