#include "zoetrope/models/adaptive.h"

#include <algorithm>
#include <map>

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

Tensor padded_to(const Tensor& x, std::int64_t frames) {
  if (x.dim() != 5 || x.size(2) == frames) return x;
  return torch::constant_pad_nd(x, {0, 0, 0, 0, 0, frames - x.size(2)});
}

/// A tensor of all clips from those of the groups, `order` says which clip each row is.
Tensor join(const std::vector<Tensor>& parts, const Tensor& order) {
  std::int64_t frames = 0;
  for (const Tensor& part : parts) frames = part.dim() == 5 ? std::max(frames, part.size(2)) : frames;
  std::vector<Tensor> padded;
  for (const Tensor& part : parts) padded.push_back(padded_to(part, frames));
  const Tensor all = torch::cat(padded, 0);
  return all.index_select(0, torch::argsort(order).to(all.device()));
}

/// The same names in every group, each with the tensors of all clips.
NamedTensors join_named(const std::vector<NamedTensors>& groups, const Tensor& order) {
  NamedTensors joined;
  for (std::size_t i = 0; i < groups.front().size(); ++i) {
    std::vector<Tensor> parts;
    for (const NamedTensors& group : groups) parts.push_back(group.at(i).second);
    joined.emplace_back(groups.front()[i].first, join(parts, order));
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
  std::vector<std::int64_t> order;
  const std::size_t before = stages ? stages->kept().size() : 0;
  for (const auto& [counts, clips] : groups) {
    const Tensor rows = torch::tensor(clips, torch::kLong);
    std::vector<Tensor> maps;
    for (std::size_t i = 0; i < pathways.size(); ++i) {
      const Tensor& all = pathways[i].maps;
      maps.push_back(all.index_select(0, rows.to(all.device())).narrow(2, 0, counts[i]));
    }
    order.insert(order.end(), clips.begin(), clips.end());
    if (!stages) {
      outputs.push_back(tail(maps, nullptr));
      continue;
    }
    Stages own = *stages;
    outputs.push_back(tail(maps, &own));
    kept.emplace_back(own.kept().begin() + static_cast<std::ptrdiff_t>(before), own.kept().end());
  }
  const Tensor clips = torch::tensor(order, torch::kLong);
  if (stages) {
    for (const auto& [name, value] : join_named(kept, clips)) stages->keep(name, value);
  }
  return join_named(outputs, clips);
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
  f.field("execution", o.execution, "in evaluation: each clip at its own length, or padded to the longest");
  f.field("sampling", o.sampling, "the similarity sampling");
}

std::size_t stage_of(AdaptivePlace place) {
  return static_cast<std::size_t>(place);
}

TemporalAdapter::TemporalAdapter(torch::nn::Module& parent, std::int64_t channels,
                                 const AdaptiveOptions& options, const std::string& prefix) {
  if (options.kind == AdaptiveKind::kSimilarity) {
    sampling_ =
        parent.register_module(prefix + "ts_layer", nn::SimilaritySampling(channels, options.sampling));
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
