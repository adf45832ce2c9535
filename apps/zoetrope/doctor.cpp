#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/version.h"
#include "zoetrope/media/ffmpeg.h"
#include "zoetrope/training/ranks.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

enum class State { kGood, kMissing, kWrong };

/// One thing that the program needs or profits from, as found on this machine.
struct Finding {
  std::string name, found;
  State state = State::kGood;
  std::string remedy;    ///< what would mend it
  bool required = true;  ///< without it the program does not do its work
};

/// The file from which the BLAS of this process comes.
std::string blas_path() {
  void* gemm = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (!gemm || !dladdr(gemm, &info) || !info.dli_fname) return "";
  std::error_code error;
  const fs::path real = fs::canonical(info.dli_fname, error);
  return error ? info.dli_fname : real.string();
}

Finding blas() {
  const std::string path = blas_path();
  if (path.empty()) return {"BLAS", "inside LibTorch", State::kGood, "", false};
  if (path.find("openblas") != std::string::npos && path.find("pthread") == std::string::npos) {
    return {"BLAS", path, State::kGood, "", false};
  }
  return {"BLAS", path + ": not the OpenMP build of OpenBLAS, models will run several times slower",
          State::kWrong, "apt-get install libopenblas0-openmp", false};
}

Finding decoder(const char* name, const char* what) {
  const AVCodec* codec = avcodec_find_decoder_by_name(name);
  if (codec) return {fmt::format("decoder {}", what), name, State::kGood, "", false};
  return {fmt::format("decoder {}", what), "missing", State::kMissing,
          "an FFmpeg built with " + std::string(name), false};
}

Finding encoder(const char* name, const char* what) {
  if (avcodec_find_encoder_by_name(name))
    return {fmt::format("encoder {}", what), name, State::kGood, "", false};
  return {fmt::format("encoder {}", what), "missing", State::kMissing,
          fmt::format("an FFmpeg built with {}; videos are written as MPEG-4 until then", name), false};
}

Finding memory() {
  const double bytes =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return {"memory", bytes_text(static_cast<std::int64_t>(bytes)), State::kGood, "", false};
}

Finding processor() {
  const std::string capability = at::hasMKLDNN() ? "with oneDNN" : "without oneDNN";
  return {"processor",
          fmt::format("{} threads, LibTorch uses {}, {}", std::thread::hardware_concurrency(),
                      at::get_num_threads(), capability),
          State::kGood, "", false};
}

Finding gpu() {
  if (!torch::cuda::is_available())
    return {"GPU", "none that LibTorch can use; everything runs on the processor", State::kGood, "", false};
  return {"GPU", fmt::format("{} CUDA device(s)", torch::cuda::device_count()), State::kGood, "", false};
}

Finding ranks() {
  const std::string backends = training::rank_backends();
  if (!backends.empty()) return {"training on ranks", "by " + backends, State::kGood, "", false};
  return {"training on ranks", "built without Gloo's headers: one process only", State::kMissing,
          "apt-get install libgloo-dev, then build anew", false};
}

Finding tensors() {
  const torch::Tensor a = torch::arange(6, torch::kFloat32).view({2, 3});
  const bool right =
      (a.matmul(a.t()) - torch::tensor({{5.F, 14.F}, {14.F, 50.F}})).abs().max().item<float>() == 0;
  if (right) return {"LibTorch computes", "yes", State::kGood, "", true};
  return {"LibTorch computes", "a product of two matrices is wrong", State::kWrong,
          "reinstall libtorch and its BLAS", true};
}

Finding temporary_folder() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (!error && access(folder.c_str(), W_OK) == 0)
    return {"temporary folder", folder.string(), State::kGood, "", true};
  return {"temporary folder", "not writable", State::kWrong, "set TMPDIR to a folder that you can write to",
          true};
}

std::vector<Finding> findings() {
  std::vector<Finding> all;
  for (const auto& [name, version] : library_versions())
    all.push_back({name, version, State::kGood, "", true});
  all.insert(all.end(), {processor(), memory(), gpu(), ranks(), tensors(), blas(), temporary_folder()});
  all.insert(all.end(), {decoder("h264", "H.264"), decoder("hevc", "HEVC"), decoder("vp9", "VP9"),
                         decoder("libdav1d", "AV1"), decoder("aac", "AAC"), decoder("opus", "Opus"),
                         encoder("libx264", "H.264"), encoder("aac", "AAC")});
  return all;
}

const char* mark(State state) {
  return state == State::kGood ? "ok" : state == State::kMissing ? "--" : "!!";
}

int run_doctor(bool json) {
  const std::vector<Finding> all = findings();
  Json document = Json::array();
  bool healthy = true;
  for (const Finding& finding : all) {
    healthy = healthy && (finding.state == State::kGood || !finding.required);
    if (json) {
      document.push_back({{"name", finding.name},
                          {"found", finding.found},
                          {"ok", finding.state == State::kGood},
                          {"required", finding.required},
                          {"remedy", finding.remedy}});
      continue;
    }
    fmt::print("{}  {:<20} {}\n", mark(finding.state), finding.name, finding.found);
    if (!finding.remedy.empty()) fmt::print("    {:<20} mend it: {}\n", "", finding.remedy);
  }
  if (json)
    print_json({{"healthy", healthy}, {"findings", document}});
  else
    fmt::print("\n{}\n",
               healthy ? "This machine is ready." : "This machine is not ready: see the lines marked !!.");
  return healthy ? 0 : 1;
}

}  // namespace

void add_doctor(Program& program) {
  CLI::App& command =
      program.command("doctor", "what this machine has, what it lacks, and what would mend it",
                      {{"doctor", "a line for each library, codec and device"},
                       {"doctor --json", "to send along with a report"}});
  auto json = std::make_shared<bool>(false);
  command.add_flag("--json", *json, "one JSON document");
  program.on_run(command, [json] { return run_doctor(*json); });
}

}  // namespace zoetrope::cli
