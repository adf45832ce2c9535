#include "zoetrope/training/nnv_objective.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"
#include "zoetrope/decoding/alignment.h"
#include "zoetrope/inference/segmenter.h"
#include "zoetrope/models/gru.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kDrawPurpose = 5;  // in the keys of generators

std::size_t capacity_of(const SequenceRecipe& recipe, const SequenceData& data) {
  const std::size_t all = data.train.videos.size(), wanted = static_cast<std::size_t>(recipe.nnv.buffer);
  return wanted == 0 ? all : std::min(wanted, all);
}

}  // namespace

// The video whose steps are being taken, and the frames that they take in their order.
struct NnvObjective::Current {
  std::size_t place = 0;
  AlignedVideo video = {};
  std::vector<std::int64_t> drawn = {};  // -1 - t of its own frames t; else a place in the buffer
};

NnvObjective::NnvObjective(SequenceRecipe recipe, SequenceData data, const models::ModelList& models)
    : SequenceObjective(brought(std::move(recipe), Supervision::kTranscripts, tasks::Decode::kAlignment),
                        data, models),
      buffer_(num_classes(), capacity_of(recipe_, data)) {
  const bundle::ModelSection& section = recipe_.run.model;
  const auto model = models::find_model(section.name, models).build({section.options});
  const auto* gru = dynamic_cast<const models::Gru*>(model.get());
  if (!gru) throw Error::usage("method 'nnv' trains the model 'gru', not '{}'", section.name);
  window_ = gru->options().window;
  check_transcripts_fit();
}

NnvObjective::~NnvObjective() = default;

std::int64_t NnvObjective::frames_to_learn(std::size_t video, std::int64_t buffered) const {
  const std::int64_t own = frames_of(video);
  const auto wanted = static_cast<std::int64_t>(static_cast<double>(own) * recipe_.nnv.buffered);
  return own + std::min(wanted, buffered);
}

// How many steps each video takes depends on what the buffer holds by then: the last videos of this epoch and
// the one before, as it never holds more than there are.
void NnvObjective::begin_epoch(std::int64_t epoch) {
  order_ = order_of(epoch);
  std::vector<std::size_t> past = epoch > 0 ? order_of(epoch - 1) : std::vector<std::size_t>();
  const std::size_t earlier = past.size(), capacity = buffer_.capacity();
  past.insert(past.end(), order_.begin(), order_.end());
  begins_ = {0};
  std::int64_t buffered = 0;
  for (std::size_t i = 0; i < past.size(); ++i) {
    if (i >= earlier) {
      const std::int64_t frames = frames_to_learn(past[i], buffered), batch = recipe_.nnv.batch;
      begins_.push_back(begins_.back() + (frames + batch - 1) / batch);
    }
    buffered += frames_of(past[i]);
    if (i >= capacity) buffered -= frames_of(past[i - capacity]);
  }
}

std::size_t NnvObjective::place_of(std::int64_t index) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(begins_, index) - begins_.begin()) - 1;
}

std::string NnvObjective::name_of(std::int64_t index) const {
  return fmt::format("video '{}'", data_.train.videos[order_[place_of(index)]].name);
}

void NnvObjective::load_frames(AlignedVideo& video) const {
  const torch::Tensor features = features_of(video.video)[0].t();
  video.frames = torch::constant_pad_nd(features, {0, 0, window_ / 2, window_ / 2}).contiguous();
  video.labels = decoding::labels_of(video.transcript, video.lengths);
}

std::vector<std::int64_t> NnvObjective::align(const ObjectiveStep& step, std::size_t video) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor logits = step.model.forward(features_of(video).to(step.device));
  const tasks::AlignmentModel model =
      inference::alignment_of(alignment_section(recipe_.alignment, buffer_.statistics(), {}), num_classes());
  return tasks::fit_alignment(logits[0].t().log_softmax(1), data_.train.videos[video].transcript, model);
}

void NnvObjective::start_video(const ObjectiveStep& step, std::size_t place) {
  // A run that goes on in the middle of a video knows its alignment.
  if (!current_ || current_->place != place || current_->video.video != order_[place]) {
    const std::size_t video = order_[place];
    current_ = std::make_unique<Current>(Current{.place = place,
                                                 .video = {.video = video,
                                                           .transcript = data_.train.videos[video].transcript,
                                                           .lengths = align(step, video)}});
  }
  load_frames(current_->video);
  const std::int64_t own = std::ssize(current_->video.labels), buffered = buffer_.num_frames();
  const std::int64_t drawn = frames_to_learn(current_->video.video, buffered) - own;
  RandomGenerator random =
      keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(step.epoch), kDrawPurpose, place});
  for (std::int64_t t = 0; t < own; ++t) current_->drawn.push_back(-1 - t);
  for (std::int64_t i = 0; i < drawn; ++i) current_->drawn.push_back(uniform_integer(random, 0, buffered));
  shuffle(current_->drawn, random);
}

torch::Tensor NnvObjective::loss(const ObjectiveStep& step) {
  const std::size_t place = place_of(step.index);
  if (!current_ || current_->place != place || current_->drawn.empty()) start_video(step, place);
  const std::int64_t batch = recipe_.nnv.batch, all = std::ssize(current_->drawn);
  const std::int64_t begin = (step.index - begins_[place]) * batch, end = std::min(begin + batch, all);
  const std::int64_t dimensions = data_.train.num_dimensions;
  torch::Tensor windows = torch::empty({end - begin, window_, dimensions}, torch::kFloat);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t drawn = current_->drawn[static_cast<std::size_t>(i)];
    const auto [video, frame] =
        drawn < 0 ? std::pair<const AlignedVideo*, std::int64_t>(&current_->video, -1 - drawn)
                  : buffer_.frame_at(drawn);
    // Rows of neighbouring frames lie together, so a window is one piece.
    std::memcpy(windows.data_ptr<float>() + (i - begin) * window_ * dimensions,
                video->frames.data_ptr<float>() + frame * dimensions,
                static_cast<std::size_t>(window_ * dimensions) * sizeof(float));
    labels.push_back(video->labels[static_cast<std::size_t>(frame)]);
  }
  if (end == all) {
    buffer_.add(std::move(current_->video));
    current_.reset();
  }
  auto& gru = dynamic_cast<models::Gru&>(step.model);
  return torch::nn::functional::cross_entropy(gru.classify_windows(windows.to(step.device)),
                                              torch::tensor(labels, torch::kLong).to(step.device));
}

std::optional<bundle::AlignmentSection> NnvObjective::alignment() const {
  return alignment_section(recipe_.alignment, buffer_.statistics(), data::distinct_transcripts(data_.train));
}

models::NamedTensors NnvObjective::state() const {
  models::NamedTensors state = state_of(buffer_);
  if (current_) {
    state.emplace_back("current.place", torch::tensor({static_cast<std::int64_t>(current_->place),
                                                       static_cast<std::int64_t>(current_->video.video)}));
    state.emplace_back("current.lengths", torch::tensor(current_->video.lengths, torch::kLong));
  }
  return state;
}

void NnvObjective::restore(const models::NamedTensors& state) {
  buffer_ = AlignmentBuffer(num_classes(), buffer_.capacity());
  for (AlignedVideo& video : alignments_of(state, data_.train)) {
    load_frames(video);
    buffer_.add(std::move(video));
  }
  current_.reset();
  const std::vector<std::int64_t> place = integers_of(state, "current.place");
  if (place.empty()) return;
  const auto video = static_cast<std::size_t>(place.back());
  std::vector<std::int64_t> lengths = integers_of(state, "current.lengths");
  if (place.size() != 2 || place.back() < 0 || video >= data_.train.videos.size() ||
      lengths.size() != data_.train.videos[video].transcript.size())
    throw Error::model("its current video is not there");
  current_ = std::make_unique<Current>(Current{.place = static_cast<std::size_t>(place.front()),
                                               .video = {.video = video,
                                                         .transcript = data_.train.videos[video].transcript,
                                                         .lengths = std::move(lengths)}});
}

}  // namespace zoetrope::training
