#pragma once
// The annotation layouts of the field, written for a world: what `zoetrope/data` and published code read.
//
// All of them speak of the same files, OUT/videos/SUBSET/ID.mp4. Layouts whose labels are folders (folders,
// ucf101, hmdb51) have a tree of relative links to these; for the others the root of the videos is
// OUT/videos. Class ids are the world's order of actions, as OUT/annotations/labels.txt has it. Where names
// may hold no space, they have '_' (hmdb51, ms_tcn) or are written LikeThis (ucf101, thumos14).
//
//   of clips      folders/SUBSET/CLASS/ID.mp4
//                 kinetics/SUBSET.csv               label,youtube_id,time_start,time_end,split
//                 ucf101/{classInd,trainlist01,testlist01,...}.txt, videos/CLASS/ID.mp4
//                 hmdb51/CLASS_test_split1.txt, ..., videos/CLASS/ID.mp4
//                 ssv2/something-something-v2-{labels,train,validation,test}.json, test-answers.csv
//                 multi_moments/{moments_categories.txt,SUBSET.csv}    path,label id,label id,...
//                 captions/videodatainfo.json       MSR-VTT's: videos with their split, sentences (captions.h)
//   of both       hvu/HVU_{Train,Val,Test}_V1.0.csv, HVU_Tags_Categories_V1.0.csv
//                 csv/SUBSET.csv                    path,start,end,action,scene,object; labels.csv; background is left out
//   of untrimmed  coview/{SUBSET,labels}.csv        video,start,end,scene,action,importance: a row for each
//                                                   five seconds, with the labels of most of its frames
//                 ms_tcn/{groundTruth,transcripts}/ID.txt, mapping.txt, splits/SUBSET.split1.bundle
//                 activitynet/activity_net.json
//                 thumos14/annotation/CLASS_SUBSET.txt, detclasslist.txt
//
// UCF101 and HMDB51 have no validation videos: the tests of split 1 are the world's val and test. Splits 2
// and 3 test a third of all clips each, twins together. Noisy annotations have split 1 alone, whose tests are
// clean.

#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

struct AnnotatedVideo {
  const VideoScript* script = nullptr;
  std::filesystem::path path;       ///< below the folder of videos: train/clip_00001.mp4
  std::vector<LabelledSpan> spans;  ///< true or noisy
};

struct AnnotatedWorld {
  const WorldOptions& world;
  std::filesystem::path videos;  ///< the folder of videos
  bool noisy = false;
  std::vector<AnnotatedVideo> clips = {};
  std::vector<AnnotatedVideo> untrimmed = {};
};

/// "folders", "kinetics", ..., in the order above.
[[nodiscard]] const std::vector<std::string>& layout_names();

/// Writes the world's layouts, each into a folder of its name, and labels.txt. What a world has no videos for
/// is left out. Throws Error (kFailed) where the folder cannot be written.
void write_layouts(const AnnotatedWorld& annotated, const std::filesystem::path& folder);

}  // namespace zoetrope::synthetic
