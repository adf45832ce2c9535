#include "zoetrope/data/loader.h"

#include <algorithm>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

EpochOptions epoch_options(const Dataset& dataset, const LoaderOptions& o) {
  return {.samples = std::ssize(dataset.samples),
          .batch_size = o.batch_size,
          .seed = o.seed,
          .shuffle = o.shuffle,
          .drop_last = o.drop_last,
          .world_size = o.world_size,
          .rank = o.rank};
}

}  // namespace

void check_broken(std::int64_t broken, std::int64_t samples, double allowed, const std::string& last) {
  if (static_cast<double>(broken) <= allowed * static_cast<double>(samples)) return;
  throw Error::failed(
      "{} of {} samples could not be read, more than the share of {} that is allowed; `zoetrope data check` "
      "lists "
      "them; the last: {}",
      broken, samples, allowed, last);
}

Loader::Loader(const Dataset& dataset, SampleSource source, LoaderOptions options)
    : dataset_(dataset),
      source_(std::move(source)),
      options_(std::move(options)),
      // All tasks of the batches ahead wait in the queue, so that submitting never does.
      pool_(options_.workers,
            static_cast<std::size_t>((options_.ahead + 1) * std::max<std::int64_t>(1, options_.batch_size))) {
  epoch_.emplace(epoch_options(dataset_, options_), 0);
}

void Loader::start(std::int64_t epoch, std::int64_t first_step) {
  for (Pending& pending : pending_) {
    for (auto& made : pending.made) made.wait();
  }
  pending_.clear();
  epoch_.emplace(epoch_options(dataset_, options_), epoch);
  number_ = epoch;
  next_step_ = first_step;
  broken_in_epoch_ = 0;
  while (std::ssize(pending_) < options_.ahead && next_step_ < epoch_->steps()) submit();
}

std::int64_t Loader::steps() const {
  return epoch_->steps();
}

// A buffer that nobody else holds any more, or one more: as many as the caller keeps batches, and those ahead.
torch::Tensor Loader::free_buffer() {
  if (options_.shape.empty()) return {};
  for (const torch::Tensor& buffer : buffers_) {
    if (buffer.use_count() == 1 && buffer.storage().use_count() == 1) return buffer;
  }
  std::vector<std::int64_t> shape = options_.shape;
  shape.insert(shape.begin(), epoch_->largest_share());
  buffers_.push_back(
      torch::empty(shape, torch::TensorOptions(options_.dtype).pinned_memory(options_.pinned)));
  return buffers_.back();
}

void Loader::submit() {
  Pending pending{
      .step = next_step_, .clips = free_buffer(), .samples = epoch_->batch(next_step_), .made = {}};
  ++next_step_;
  for (std::size_t i = 0; i < pending.samples.size(); ++i) {
    const std::int64_t index = pending.samples[i];
    const torch::Tensor place =
        pending.clips.defined() ? pending.clips.select(0, static_cast<std::int64_t>(i)) : torch::Tensor();
    pending.made.push_back(pool_.submit([this, index, place, epoch = number_] {
      const torch::NoGradGuard no_grad;
      RandomGenerator random = keyed_generator(
          options_.seed, {static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(index), 1});
      LoadedSample made = source_(dataset_.samples[static_cast<std::size_t>(index)], random);
      if (!place.defined()) return made;
      place.copy_(made.clip);
      made.clip = torch::Tensor();
      return made;
    }));
  }
  pending_.push_back(std::move(pending));
}

void Loader::note_broken(std::int64_t sample, const std::string& reason) {
  broken_.push_back({sample, reason});
  ++broken_in_epoch_;
  if (options_.world_size == 1)
    check_broken(broken_in_epoch_, std::ssize(dataset_.samples), options_.max_broken, reason);
}

void Loader::set_targets(Batch& batch, const std::vector<LoadedSample>& made) const {
  const auto count = static_cast<std::int64_t>(batch.samples.size());
  for (std::size_t set = 0; set < dataset_.label_sets.size(); ++set) {
    torch::Tensor targets = torch::zeros({count, std::ssize(dataset_.label_sets[set].names)});
    torch::Tensor known = torch::zeros({count}, torch::kBool);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto n = static_cast<std::size_t>(i);
      const Sample& sample = dataset_.samples[static_cast<std::size_t>(batch.samples[n])];
      const auto& labels = made[n].labels ? *made[n].labels : sample.labels;
      if (set >= labels.size() || !labels[set]) continue;
      known[i] = true;
      for (const std::int64_t label : *labels[set]) targets[i][label] = 1;
    }
    batch.targets.push_back(targets);
    batch.known.push_back(known);
  }
}

std::optional<Batch> Loader::next() {
  if (pending_.empty()) return std::nullopt;
  Pending pending = std::move(pending_.front());
  pending_.pop_front();
  if (next_step_ < epoch_->steps()) submit();

  Batch batch{.clips = {}, .targets = {}, .known = {}, .samples = {}, .places = {}, .step = pending.step};
  std::vector<LoadedSample> made;
  std::vector<std::int64_t> whole;
  const auto begin = std::chrono::steady_clock::now();
  for (auto& sample : pending.made) sample.wait();
  waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (std::size_t i = 0; i < pending.made.size(); ++i) {
    try {
      made.push_back(pending.made[i].get());
      whole.push_back(static_cast<std::int64_t>(i));
      batch.samples.push_back(pending.samples[i]);
      batch.places.push_back(epoch_->place(static_cast<std::int64_t>(i)));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      note_broken(pending.samples[i], error.what());
    }
  }
  const auto asked = std::ssize(pending.samples);
  if (!pending.clips.defined()) {
    for (const LoadedSample& sample : made) batch.parts.push_back(sample.clip);
  } else {
    batch.clips = std::ssize(whole) == asked
                      ? pending.clips.slice(0, 0, asked)
                      : pending.clips.index_select(0, torch::tensor(whole, torch::kLong));
  }
  set_targets(batch, made);
  return batch;
}

}  // namespace zoetrope::data
