#include "zoetrope/training/rank_groups.h"

#include <c10/util/Logging.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef ZOETROPE_GLOO
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef ZOETROPE_NCCL
#ifndef USE_C10D_NCCL
#define USE_C10D_NCCL
#endif
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/training/ranks.h"

C10_DECLARE_int(caffe2_log_level);

namespace zoetrope::training {
namespace {

using Clock = std::chrono::steady_clock;

[[maybe_unused]] std::chrono::milliseconds milliseconds(double seconds) {
  constexpr double kMilli = 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * kMilli));
}

struct Addresses {
  addrinfo* first = nullptr;
  Addresses(const Launch& launch, int socket_kind) {
    addrinfo hints{};
    hints.ai_socktype = socket_kind;
    const int failed =
        getaddrinfo(launch.address.c_str(), std::to_string(launch.port).c_str(), &hints, &first);
    if (failed) throw Error::failed("MASTER_ADDR {}: {}", launch.address, gai_strerror(failed));
  }
  ~Addresses() {
    if (first) freeaddrinfo(first);
  }
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
};

// A socket that is connected to the launch's address, or -1.
int connected_socket(const Launch& launch, int kind) {
  const Addresses addresses(launch, kind);
  for (const addrinfo* each = addresses.first; each; each = each->ai_next) {
    const int socket = ::socket(each->ai_family, kind | SOCK_CLOEXEC, 0);
    if (socket < 0) continue;
    if (connect(socket, each->ai_addr, each->ai_addrlen) == 0) return socket;
    close(socket);
  }
  return -1;
}

// c10d's own attempts print a line each.
void wait_for_listener(const Launch& launch, double seconds) {
  const auto end = Clock::now() + milliseconds(seconds);
  for (;;) {
    const int socket = connected_socket(launch, SOCK_STREAM);
    if (socket >= 0) {
      close(socket);
      return;
    }
    if (Clock::now() > end) {
      throw Error::failed(
          "rank {} of {}: nobody listens at {}:{} after {:.3g} s; rank 0 has to be started there",
          launch.rank, launch.world_size, launch.address, launch.port, seconds);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// The address of this machine from which it reaches rank 0's: names of machines often resolve to the
// loopback.
[[maybe_unused]] std::string own_address(const Launch& launch) {
  const int socket = connected_socket(launch, SOCK_DGRAM);
  if (socket < 0) return "";
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char text[NI_MAXHOST] = "";
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    getnameinfo(reinterpret_cast<sockaddr*>(&address), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  close(socket);
  return text;
}

StorePointer within(const char* prefix, const StorePointer& store) {
  return c10::make_intrusive<c10d::PrefixStore>(prefix, store);
}

#ifdef ZOETROPE_GLOO
using Gloo = c10d::ProcessGroupGloo;

c10::intrusive_ptr<Gloo> gloo_of(const StorePointer& store, const Launch& launch, double step_seconds) {
  auto options = Gloo::Options::create(milliseconds(step_seconds));
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");  // c10d's own variable
  const std::string address = own_address(launch);
  if (interface && *interface)
    options->devices.push_back(Gloo::createDeviceForInterface(interface));
  else if (!address.empty())
    options->devices.push_back(Gloo::createDeviceForHostname(address));
  else
    options->devices.push_back(Gloo::createDefaultDevice());
  return c10::make_intrusive<Gloo>(store, launch.rank, launch.world_size, options);
}
#endif

#if TORCH_VERSION_MAJOR < 2
template <typename Backend>
[[maybe_unused]] GroupPointer as_group(const c10::intrusive_ptr<Backend>& backend, const Launch&, bool) {
  return backend;
}
#else
// Since 2.0 a group holds a backend for each kind of device.
template <typename Backend>
[[maybe_unused]] GroupPointer as_group(const c10::intrusive_ptr<Backend>& backend, const Launch& launch,
                                       bool is_nccl) {
  using Group = c10d::ProcessGroup;
  auto group = c10::make_intrusive<Group>(launch.rank, launch.world_size);
  group->setBackend(is_nccl ? c10::DeviceType::CUDA : c10::DeviceType::CPU,
                    is_nccl ? Group::BackendType::NCCL : Group::BackendType::GLOO,
                    c10::optional<c10::intrusive_ptr<c10d::Backend> >(backend));
  return group;
}
#endif

}  // namespace

StorePointer connect_store(const Launch& launch, bool is_server, double seconds) {
  FLAGS_caffe2_log_level = std::max(FLAGS_caffe2_log_level, 3);  // its words would stand among our lines
  if (!is_server) wait_for_listener(launch, seconds);
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(launch.port);
  options.isServer = is_server;
  options.waitWorkers = false;
  constexpr double kShortest = 10;  // less, and a busy machine does not reach its own store
  options.timeout = milliseconds(std::max(kShortest, seconds));
  try {
    const std::string prefix = fmt::format("zoetrope/{}", launch.attempt);
    return within(prefix.c_str(), c10::make_intrusive<c10d::TCPStore>(launch.address, options));
  } catch (const std::exception&) {
    if (is_server) {
      throw Error::usage("rank 0 cannot listen at port {}: it is taken; choose another MASTER_PORT",
                         launch.port);
    }
    throw Error::failed(
        "rank {} of {} cannot join at {}:{}: what listens there is no rank 0 of this LibTorch", launch.rank,
        launch.world_size, launch.address, launch.port);
  }
}

void wait_for_ranks(c10d::Store& store, const Launch& launch, double seconds) {
  const auto key = [](int rank) { return fmt::format("here/{}", rank); };
  const auto end = Clock::now() + milliseconds(seconds);
  std::vector<int> missing;
  try {
    store.add(key(launch.rank), 1);
    for (;;) {
      missing.clear();
      for (int rank = 0; rank < launch.world_size; ++rank) {
        const std::int64_t here = store.add(key(rank), 0);
        if (here == 0) missing.push_back(rank);
        if (here > 1)
          throw Error::usage("two processes say that they are rank {} of {}", rank, launch.world_size);
      }
      if (missing.empty()) return;
      if (Clock::now() > end) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    throw Error::failed("rank 0 left before all ranks were there");
  }
  throw Error::failed("{} of {} ranks came within {:.3g} s; rank {} did not{}",
                      launch.world_size - static_cast<int>(missing.size()), launch.world_size, seconds,
                      missing.front(), missing.size() > 1 ? ", nor others" : "");
}

std::string rank_backends() {
#if defined(ZOETROPE_GLOO) && defined(ZOETROPE_NCCL)
  return "Gloo, NCCL";
#elif defined(ZOETROPE_GLOO)
  return "Gloo";
#else
  return "";
#endif
}

RankGroups::RankGroups([[maybe_unused]] const StorePointer& store, [[maybe_unused]] const Launch& launch,
                       [[maybe_unused]] torch::Device device, [[maybe_unused]] double step_seconds) {
#ifdef ZOETROPE_GLOO
  processors = as_group(gloo_of(within("processors", store), launch, step_seconds), launch, false);
  if (!device.is_cuda()) {
    devices = processors;
    gradients = as_group(gloo_of(within("gradients", store), launch, step_seconds), launch, false);
    return;
  }
#ifdef ZOETROPE_NCCL
  const auto nccl = [&](const char* prefix) {
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = milliseconds(step_seconds);
    return as_group(c10::make_intrusive<c10d::ProcessGroupNCCL>(within(prefix, store), launch.rank,
                                                                launch.world_size, options),
                    launch, true);
  };
  devices = nccl("devices");
  gradients = nccl("gradients");
#endif
#endif
}

}  // namespace zoetrope::training
