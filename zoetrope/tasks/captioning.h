#pragma once
// Captioning of clips by a network that says words (models/captioner.h): what it learns from, and what it says.
//
//   const tasks::CaptionBatch batch = tasks::caption_batch(features, sentences);     // padded to the longest
//   tasks::caption_loss(model.teach(model.encode(batch.features, batch.lengths), batch.before()), batch.words, 0.1);
//   const tasks::Sentence said = tasks::say(model, features, {.beam = 5});            // of one video
//
// The loss is the mean cross-entropy over all words of all sentences, each sentence's end among them, given the true words
// before. With label smoothing s, the true word is to have 1 - s, and s is shared out over all words alike (Szegedy et al.,
// CVPR 2016).

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/data/feature_file.h"
#include "zoetrope/decoding/word_search.h"
#include "zoetrope/models/captioner.h"

namespace zoetrope::tasks {

using decoding::Sentence;
using decoding::WordSearchOptions;

/// Videos with a sentence each; what is beyond a video's or a sentence's end is padding.
struct CaptionBatch {
  static constexpr std::int64_t kPadding = -1;  ///< in place of a word

  torch::Tensor features;  ///< [N, D, T]
  torch::Tensor lengths;   ///< [N]
  torch::Tensor words;     ///< [N, L + 1]: each sentence, its end, and kPadding

  /// [N, L]: the words that others come after; padding is the end.
  [[nodiscard]] torch::Tensor before() const;
  [[nodiscard]] CaptionBatch to(torch::Device device) const;
};

/// Of features [1, D, T] and sentences without their ends. Throws Error (kUsage) where there are not as many, or none.
[[nodiscard]] CaptionBatch caption_batch(const std::vector<torch::Tensor>& features,
                                         const std::vector<std::vector<std::int64_t>>& sentences);

/// `logits` [N, L, C], `words` [N, L] with CaptionBatch::kPadding where nothing is to be said.
[[nodiscard]] torch::Tensor caption_loss(const torch::Tensor& logits, const torch::Tensor& words,
                                         double label_smoothing = 0);

/// What the model says of one video, features [1, D, T] on the model's device; never the unknown word. The model is in
/// inference mode.
[[nodiscard]] Sentence say(models::Captioner& model, const torch::Tensor& features,
                           const WordSearchOptions& options);

/// Features [1, D, n] of every `sample`-th column of a video's files, one below the other, as long as the shortest. The file
/// of the stream "tags" is averaged and stands in every column.
[[nodiscard]] torch::Tensor read_streams(const std::vector<data::FeatureFile>& files,
                                         const std::vector<std::string>& streams, std::int64_t sample);

/// Throws Error (kUsage) for a model that says nothing.
[[nodiscard]] models::Captioner& captioner_of(models::Model& model);

}  // namespace zoetrope::tasks
