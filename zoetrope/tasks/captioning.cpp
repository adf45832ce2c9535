#include "zoetrope/tasks/captioning.h"

#include <algorithm>
#include <limits>

#include "zoetrope/core/error.h"
#include "zoetrope/data/captioning_set.h"
#include "zoetrope/data/word_list.h"

namespace zoetrope::tasks {
namespace {

using torch::Tensor;

// The network as the search asks it; it keeps a row of the LSTM's state for each sentence that lives.
class NetworkWords : public decoding::WordSource {
 public:
  NetworkWords(models::Captioner& model, const Tensor& features)
      : model_(model),
        numbers_(torch::TensorOptions(features.device()).dtype(torch::kLong)),
        seen_(model.encode(features)) {}

  std::vector<double> first() override {
    state_ = model_.begin(seen_);
    return advance(torch::full({1}, model_.start_word(), numbers_));
  }

  std::vector<double> next(std::span<const std::size_t> parents,
                           std::span<const std::int64_t> words) override {
    const std::vector<std::int64_t> rows(parents.begin(), parents.end()), said(words.begin(), words.end());
    const Tensor index = torch::tensor(rows, torch::kLong).to(numbers_.device());
    state_ = {state_.hidden.index_select(0, index), state_.cell.index_select(0, index)};
    return advance(torch::tensor(said, torch::kLong).to(numbers_.device()));
  }

 private:
  std::vector<double> advance(const Tensor& words) {
    models::Captioner::Step step = model_.step(seen_, state_, words);
    state_ = std::move(step.state);
    Tensor rows = step.logits.to(torch::kCPU, torch::kDouble).log_softmax(1).contiguous();
    rows.select(1, data::kUnknownWord).fill_(-std::numeric_limits<double>::infinity());
    return {rows.data_ptr<double>(), rows.data_ptr<double>() + rows.numel()};
  }

  models::Captioner& model_;
  torch::TensorOptions numbers_;
  models::Captioner::Seen seen_;
  models::Captioner::State state_;
};

Tensor read_columns(const data::FeatureFile& file, std::int64_t count, std::int64_t stride) {
  Tensor columns = torch::empty({1, file.num_dimensions(), count}, torch::kFloat);
  file.read_part({columns.data_ptr<float>(), static_cast<std::size_t>(columns.numel())}, 0, count, stride);
  return columns;
}

}  // namespace

Tensor CaptionBatch::before() const {
  const Tensor said = words.narrow(1, 0, words.size(1) - 1);
  return said.masked_fill(said == kPadding, data::kEndWord);
}

CaptionBatch CaptionBatch::to(torch::Device device) const {
  return {features.to(device), lengths.to(device), words.to(device)};
}

CaptionBatch caption_batch(const std::vector<Tensor>& features,
                           const std::vector<std::vector<std::int64_t>>& sentences) {
  if (features.empty() || features.size() != sentences.size())
    throw Error::usage("a batch of {} videos and {} sentences", features.size(), sentences.size());
  std::int64_t frames = 0, words = 0;
  for (const Tensor& each : features) frames = std::max(frames, each.size(2));
  for (const auto& sentence : sentences) words = std::max(words, std::ssize(sentence) + 1);
  const std::int64_t count = std::ssize(features);
  CaptionBatch batch{
      .features = torch::zeros({count, features.front().size(1), frames}, features.front().options()),
      .lengths = torch::empty({count}, torch::kLong),
      .words = torch::full({count, words}, CaptionBatch::kPadding, torch::kLong)};
  auto lengths = batch.lengths.accessor<std::int64_t, 1>();
  auto said = batch.words.accessor<std::int64_t, 2>();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    lengths[i] = features[k].size(2);
    batch.features[i].narrow(1, 0, lengths[i]).copy_(features[k][0]);
    for (std::size_t w = 0; w < sentences[k].size(); ++w)
      said[i][static_cast<std::int64_t>(w)] = sentences[k][w];
    said[i][std::ssize(sentences[k])] = data::kEndWord;
  }
  return batch;
}

Tensor caption_loss(const Tensor& logits, const Tensor& words, double label_smoothing) {
  const Tensor log_probabilities = logits.flatten(0, 1).log_softmax(1), flat = words.flatten();
  const Tensor counts = (flat != CaptionBatch::kPadding).to(logits.scalar_type());
  const Tensor taken = log_probabilities.gather(1, flat.clamp_min(0).unsqueeze(1)).squeeze(1);
  Tensor losses = -taken;
  if (label_smoothing > 0)
    losses = (1 - label_smoothing) * losses - label_smoothing * log_probabilities.mean(1);
  return (losses * counts).sum() / counts.sum();
}

Sentence say(models::Captioner& model, const Tensor& features, const WordSearchOptions& options) {
  const torch::NoGradGuard no_grad;
  NetworkWords words(model, features);
  return decoding::search_words(words, data::kEndWord, options);
}

Tensor read_streams(const std::vector<data::FeatureFile>& files, const std::vector<std::string>& streams,
                    std::int64_t sample) {
  const auto is_tags = [&](std::size_t i) { return files.size() > 1 && streams.at(i) == data::kTagStream; };
  std::int64_t frames = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!is_tags(i)) frames = std::min(frames, files[i].num_frames());
  }
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::int64_t count = files[i].num_sampled(sample, is_tags(i) ? -1 : frames);
    parts.push_back(read_columns(files[i], count, sample));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::int64_t count = (frames + sample - 1) / sample;
    if (is_tags(i)) parts[i] = parts[i].mean(2, /*keepdim=*/true).expand({1, -1, count});
  }
  return torch::cat(parts, 1);
}

models::Captioner& captioner_of(models::Model& model) {
  auto* captioner = dynamic_cast<models::Captioner*>(&model);
  if (!captioner) throw Error::usage("the model says no captions; 'captioner' does");
  return *captioner;
}

}  // namespace zoetrope::tasks
