#include "zoetrope/training/ranks.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/training/rank_groups.h"
#include "zoetrope/training/rank_watch.h"

namespace zoetrope::training {
namespace {

constexpr const char* kAdvice = "; --resume goes on from the checkpoint, with any number of ranks";

torch::Tensor tensor_of(const std::string& bytes) {
  torch::Tensor tensor = torch::empty({std::ssize(bytes)}, torch::kUInt8);
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

std::string bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const char*>(tensor.data_ptr()), static_cast<std::size_t>(tensor.numel())};
}

// An error as it goes from rank to rank: its kind as one letter, then its line.
std::string packed(const Error& error) {
  return static_cast<char>('0' + static_cast<int>(error.kind())) + std::string(error.what());
}

Error unpacked(const std::string& bytes) {
  const auto kind = static_cast<ErrorKind>(bytes.front() - '0');
  return kind == ErrorKind::kInterrupted ? Error::interrupted(SIGTERM) : Error(kind, bytes.substr(1));
}

}  // namespace

void check_ranks(const Launch& launch, const torch::Device& device) {
  if (launch.world_size == 1) return;
  if (rank_backends().empty()) {
    throw Error::usage(
        "this build trains with one process, not {}: it was built without Gloo's headers (apt-get install "
        "libgloo-dev, then build anew)",
        launch.world_size);
  }
  if (device.is_cuda() && rank_backends().find("NCCL") == std::string::npos) {
    throw Error::usage("this build trains with one GPU, not {}: its LibTorch has no NCCL; --device cpu works",
                       launch.world_size);
  }
}

Ranks::Ranks(Launch launch, RanksOptions options) : launch_(std::move(launch)), options_(options) {
  check_ranks(launch_, options_.device);
  constexpr int kForgiven = 5;  // torchrun and mpirun repeat signals
  forgive_repeated_signals(kForgiven);
  const bool keeps_store = is_first() && !launch_.has_store;
  const StorePointer store = connect_store(launch_, keeps_store, options_.join_seconds);
  wait_for_ranks(*store, launch_, options_.join_seconds);
  // The store is a server and a client where rank 0 keeps it; the watch has a client of its own everywhere.
  watch_ = std::make_unique<RankWatch>(connect_store(launch_, false, options_.join_seconds), rank(), size(),
                                       options_.silent_seconds, [this](const std::string& line) {
                                         log_error("rank {}: {}{}", rank(), line, kAdvice);
                                         std::_Exit(Error::failed("").exit_code());
                                       });
  try {
    groups_ = std::make_unique<RankGroups>(store, launch_, options_.device, options_.step_seconds);
  } catch (const std::exception& error) {
    throw lost(error.what());
  }
}

Ranks::~Ranks() {
  watch_->leave(std::nullopt);
  if (!failed_) return;
  (void)groups_.release();
  (void)watch_.release();
}

Error Ranks::lost(const std::string& reason) {
  failed_ = true;
  const std::string line = watch_->find_lost();
  watch_->announce(line);
  log_debug("rank {}: {}", rank(), reason.substr(0, reason.find('\n')));
  return Error::failed("{}{}", line, kAdvice);
}

void Ranks::talk(const std::function<void()>& work) {
  if (const std::optional<std::string> line = watch_->lost()) {
    failed_ = true;
    throw Error::failed("{}{}", *line, kAdvice);
  }
  const RankWatch::Waiting waiting(*watch_);
  try {
    work();
  } catch (const Error&) {
    failed_ = true;
    throw;
  } catch (const std::exception& error) {
    throw lost(error.what());
  }
}

void Ranks::sum(torch::Tensor& tensor) {
  talk([&] {
    std::vector<torch::Tensor> tensors = {tensor};
    groups_->group_of(tensor).allreduce(tensors)->wait();
  });
}

void Ranks::broadcast(torch::Tensor& tensor) {
  talk([&] {
    std::vector<torch::Tensor> tensors = {tensor.contiguous()};
    groups_->group_of(tensor).broadcast(tensors)->wait();
    if (!tensor.is_contiguous()) tensor.copy_(tensors.front());
  });
}

std::string Ranks::broadcast(std::string bytes) {
  torch::Tensor size = torch::tensor({std::ssize(bytes)}, torch::kLong);
  broadcast(size);
  bytes.resize(static_cast<std::size_t>(size.item<std::int64_t>()));
  if (bytes.empty()) return bytes;
  torch::Tensor data = tensor_of(bytes);
  broadcast(data);
  return bytes_of(data);
}

std::vector<std::string> Ranks::gather(const std::string& bytes) {
  torch::Tensor sizes = torch::zeros({size()}, torch::kLong);
  sizes[rank()] = std::ssize(bytes);
  sum(sizes);
  torch::Tensor all =
      torch::zeros({size(), std::max<std::int64_t>(1, sizes.max().item<std::int64_t>())}, torch::kUInt8);
  all[rank()].slice(0, 0, std::ssize(bytes)).copy_(tensor_of(bytes));
  sum(all);
  std::vector<std::string> each;
  for (int other = 0; other < size(); ++other)
    each.push_back(bytes_of(all[other].slice(0, 0, sizes[other].item<std::int64_t>())));
  return each;
}

void Ranks::first_does(const std::function<void()>& work) {
  std::string failure;
  if (is_first()) {
    try {
      work();
    } catch (const Error& error) {
      failure = packed(error);
    } catch (const std::exception& error) {
      const std::string line = error.what();
      failure = packed(Error::failed("{}", line.substr(0, line.find('\n'))));
    }
  }
  failure = broadcast(failure);
  if (!failure.empty()) throw agreed(unpacked(failure));
}

void Ranks::check_same(const std::string& what, const std::string& bytes) {
  const std::vector<std::string> each = gather(sha256_of_bytes(bytes));
  for (int other = 1; other < size(); ++other) {
    if (each[static_cast<std::size_t>(other)] != each.front())
      throw agreed(Error::usage("rank {} does not have {} that rank 0 has", other, what));
  }
}

int Ranks::agree_on_signal() {
  torch::Tensor signals = torch::zeros({2}, torch::kLong);
  if (interrupted()) signals[interrupt_signal() == SIGINT ? 0 : 1] = 1;
  sum(signals);
  if (signals[0].item<std::int64_t>() > 0) return SIGINT;
  return signals[1].item<std::int64_t>() > 0 ? SIGTERM : 0;
}

Error Ranks::agreed(Error error) {
  agreed_ = true;
  return error;
}

int Ranks::leave(const Error& error) {
  const std::string line = error.what();
  const bool is_own = !agreed_ && !watch_->lost();
  // What is wrong with a recipe or with data, all ranks find by themselves.
  const bool is_said = !is_first() && (agreed_ || (is_own && watch_->first_says(line)));
  if (!is_said) log_error("{}{}", is_first() ? "" : fmt::format("rank {}: ", rank()), line);
  watch_->leave(is_own ? std::optional<std::string>(line) : std::nullopt);
  failed_ = true;
  return error.exit_code();
}

}  // namespace zoetrope::training
