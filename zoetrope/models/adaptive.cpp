#include "zoetrope/models/adaptive.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

/// Clips that keep the same number of maps in every pathway.
using Groups = std::map<std::vector<std::int64_t>, std::vector<std::int64_t>>;

Groups group_clips(const std::vector<AdaptedMaps>& pathways) {
  Groups groups;
  for (std::size_t clip = 0; clip < pathways.front().counts.size(); ++clip) {
    std::vector<std::int64_t> counts;
    for (const AdaptedMaps& pathway : pathways) counts.push_back(pathway.counts[clip]);
    groups[counts].push_back(static_cast<std::int64_t>(clip));
  }
  return groups;
}

/// Of maps [N, C, T, H, W], each clip's own: [1, C, count, H, W].
std::vector<Tensor> own_maps(const Tensor& maps, const std::vector<std::int64_t>& counts) {
  std::vector<Tensor> clips;
  for (std::size_t i = 0; i < counts.size(); ++i)
    clips.push_back(maps.narrow(0, static_cast<std::int64_t>(i), 1).narrow(2, 0, counts[i]));
  return clips;
}

Tensor padded_to(const Tensor& x, std::int64_t frames) {
  if (x.dim() != 5 || x.size(2) == frames) return x;
  return torch::constant_pad_nd(x, {0, 0, 0, 0, 0, frames - x.size(2)});
}

/// The clips of the groups, one group after the other.
struct Order {
  std::vector<std::int64_t> clips = {};
  std::vector<std::int64_t> sizes = {};  ///< of the groups
};

/// A tensor of all clips from those of the groups. Of frames as a batch, [n T, C, H, W], each clip's are
/// padded.
Tensor join(std::vector<Tensor> parts, const Order& order) {
  const bool frames_are_batch = parts.front().dim() == 4;
  std::int64_t frames = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Tensor& part = parts[i];
    if (frames_are_batch)
      part = part.view({order.sizes[i], -1, part.size(1), part.size(2), part.size(3)}).transpose(1, 2);
    if (part.dim() == 5) frames = std::max(frames, part.size(2));
  }
  for (Tensor& part : parts) part = padded_to(part, frames);
  const Tensor rows = torch::argsort(torch::tensor(order.clips, torch::kLong));
  const Tensor all = torch::cat(parts, 0).index_select(0, rows.to(parts.front().device()));
  return frames_are_batch ? all.transpose(1, 2).flatten(0, 1) : all;
}

/// The same names in every group, each with the tensors of all clips.
NamedTensors join_named(const std::vector<NamedTensors>& groups, const Order& order) {
  NamedTensors joined;
  for (std::size_t i = 0; i < groups.front().size(); ++i) {
    std::vector<Tensor> parts;
    for (const NamedTensors& group : groups) parts.push_back(group.at(i).second);
    joined.emplace_back(groups.front()[i].first, join(std::move(parts), order));
  }
  return joined;
}

std::vector<Tensor> maps_of(const std::vector<AdaptedMaps>& pathways) {
  std::vector<Tensor> maps;
  for (const AdaptedMaps& pathway : pathways) maps.push_back(pathway.maps);
  return maps;
}

NamedTensors run_groups(const std::vector<AdaptedMaps>& pathways, const Groups& groups, Stages* stages,
                        const NetworkTail& tail) {
  std::vector<NamedTensors> outputs, kept;
  Order order;
  const std::size_t before = stages ? stages->kept().size() : 0;
  for (const auto& [counts, clips] : groups) {
    const Tensor rows = torch::tensor(clips, torch::kLong);
    std::vector<Tensor> maps;
    for (std::size_t i = 0; i < pathways.size(); ++i) {
      const Tensor own = pathways[i].maps.narrow(2, 0, counts[i]);
      maps.push_back(own.index_select(0, rows.to(own.device())));
    }
    order.clips.insert(order.clips.end(), clips.begin(), clips.end());
    order.sizes.push_back(std::ssize(clips));
    if (!stages) {
      outputs.push_back(tail(maps, nullptr));
      continue;
    }
    Stages all = *stages;
    outputs.push_back(tail(maps, &all));
    kept.emplace_back(all.kept().begin() + static_cast<std::ptrdiff_t>(before), all.kept().end());
  }
  if (stages) {
    for (const auto& [name, value] : join_named(kept, order)) stages->keep(name, value);
  }
  return join_named(outputs, order);
}

}  // namespace

EnumNames<AdaptiveKind> config_names(AdaptiveKind) {
  return {{"none", AdaptiveKind::kNone},
          {"similarity", AdaptiveKind::kSimilarity},
          {"attention", AdaptiveKind::kAttention}};
}

EnumNames<AdaptivePlace> config_names(AdaptivePlace) {
  return {{"stem", AdaptivePlace::kStem},
          {"res2", AdaptivePlace::kRes2},
          {"res3", AdaptivePlace::kRes3},
          {"res4", AdaptivePlace::kRes4}};
}

EnumNames<AdaptiveExecution> config_names(AdaptiveExecution) {
  return {{"packed", AdaptiveExecution::kPacked}, {"padded", AdaptiveExecution::kPadded}};
}

void describe(ConfigFields& f, AdaptiveOptions& o) {
  f.field("kind", o.kind, "sample the frames by their similarity, or weight them by attention");
  f.field("after", o.after, "after which stage");
  f.field("execution", o.execution,
          "compute what each clip keeps, or pad all to the longest; in training the same numbers");
  f.field("sampling", o.sampling, "the similarity sampling");
}

std::size_t stage_of(AdaptivePlace place) {
  return static_cast<std::size_t>(place);
}

std::int64_t AdaptedMaps::zeros() const {
  return maps.size(0) * maps.size(2) - std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

TemporalAdapter::TemporalAdapter(torch::nn::Module& parent, std::int64_t channels,
                                 const AdaptiveOptions& options, const std::string& prefix) {
  if (options.kind == AdaptiveKind::kSimilarity) {
    try {
      sampling_ =
          parent.register_module(prefix + "ts_layer", nn::SimilaritySampling(channels, options.sampling));
    } catch (const Error& error) {
      throw Error(error.kind(), fmt::format("adaptive.sampling: {}", error.what()));
    }
  } else if (options.kind == AdaptiveKind::kAttention) {
    attention_ = parent.register_module(prefix + "attn_layer", nn::TemporalAttention(channels));
  }
}

AdaptedMaps TemporalAdapter::forward(const Tensor& maps) {
  const std::vector<std::int64_t> all(static_cast<std::size_t>(maps.size(0)), maps.size(2));
  if (attention_) return {attention_(maps), all};
  if (!sampling_) return {maps, all};
  nn::SampledMaps sampled = sampling_(maps);
  return {std::move(sampled.maps), std::move(sampled.counts)};
}

KeptFrames kept_frames(const AdaptedMaps& adapted) {
  KeptFrames kept;
  std::vector<Tensor> frames;
  for (const Tensor& clip : own_maps(adapted.maps, adapted.counts))
    frames.push_back(clip.squeeze(0).transpose(0, 1));
  kept.copies = adapted.zeros();
  if (kept.copies > 0) frames.push_back(torch::zeros_like(frames.front().narrow(0, 0, 1)));
  kept.frames = torch::cat(frames, 0).unsqueeze(2);
  return kept;
}

Tensor padded_maps(const Tensor& frames, const std::vector<std::int64_t>& counts) {
  const std::int64_t most = *std::max_element(counts.begin(), counts.end());
  std::vector<std::int64_t> rows;
  std::int64_t first = 0;
  for (const std::int64_t count : counts) {
    for (std::int64_t t = 0; t < most; ++t) rows.push_back(t < count ? first + t : frames.size(0) - 1);
    first += count;
  }
  const Tensor places = torch::tensor(rows, torch::kLong).to(frames.device());
  const Tensor all = frames.squeeze(2).index_select(0, places);
  return all.view({std::ssize(counts), most, all.size(1), all.size(2), all.size(3)})
      .transpose(1, 2)
      .contiguous();
}

bool ClipsInARow::suits(const AdaptedMaps& adapted) {
  // Measured on two cores: with maps of 10 k numbers a clip 25 % faster in a row, with 700 k and more 5 % slower.
  constexpr std::int64_t kSmall = std::int64_t{1} << 18;
  return adapted.zeros() > 0 &&
         (!adapted.maps.is_cpu() || adapted.maps.numel() < kSmall * adapted.maps.size(0));
}

ClipsInARow::ClipsInARow(const std::vector<std::int64_t>& counts, torch::Device device) : counts_(counts) {
  std::vector<std::int64_t> between;
  for (const std::int64_t count : counts)
    between.push_back(count + (between.empty() ? 0 : between.back() + 1));
  const std::int64_t places = between.back();
  between.pop_back();
  shares_ = torch::zeros({places, std::ssize(counts)}, torch::kFloat64);
  std::int64_t first = 0;
  for (std::size_t clip = 0; clip < counts.size(); ++clip) {
    const Tensor column = shares_.select(1, static_cast<std::int64_t>(clip));
    column.narrow(0, first, counts[clip]).fill_(1 / static_cast<double>(counts[clip]));
    first += counts[clip] + 1;
  }
  shares_ = shares_.to(device);
  between_ = torch::tensor(between, torch::kLong).to(device);
}

Tensor ClipsInARow::join(const Tensor& maps) const {
  return torch::cat(own_maps(maps, counts_), 2);
}

Tensor ClipsInARow::part(const Tensor& joined) const {
  const Tensor between = torch::zeros_like(joined.narrow(2, 0, 1));
  std::vector<Tensor> parts;
  for (const Tensor& clip : joined.split_with_sizes(counts_, 2)) {
    if (!parts.empty()) parts.push_back(between);
    parts.push_back(clip);
  }
  return torch::cat(parts, 2);
}

void ClipsInARow::clear_between(Tensor& maps) const {
  maps.index_fill_(2, between_, 0);
}

Tensor ClipsInARow::means(const Tensor& maps) const {
  return maps.mean({3, 4}).squeeze(0).mm(shares_.to(maps.scalar_type())).t();
}

NamedTensors run_adapted(const std::vector<AdaptedMaps>& pathways, bool packed, Stages* stages,
                         const NetworkTail& tail) {
  const Groups groups = group_clips(pathways);
  NamedTensors outputs = packed && groups.size() > 1 ? run_groups(pathways, groups, stages, tail)
                                                     : tail(maps_of(pathways), stages);
  std::vector<std::int64_t> bins;
  for (std::size_t clip = 0; clip < pathways.front().counts.size(); ++clip) {
    for (const AdaptedMaps& pathway : pathways) bins.push_back(pathway.counts[clip]);
  }
  // Of a clip of shapes alone, so are they.
  const Tensor counts = pathways.front().maps.is_meta() ? torch::empty({std::ssize(bins)}, torch::kLong)
                                                        : torch::tensor(bins, torch::kLong);
  const auto columns = static_cast<std::int64_t>(pathways.size());
  outputs.emplace_back("bins", columns == 1 ? counts : counts.view({-1, columns}));
  return outputs;
}

}  // namespace zoetrope::models
