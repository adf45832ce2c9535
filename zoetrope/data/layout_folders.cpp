// A folder per class, as torchvision's ImageFolder and MMAction2's RawframeDataset have it.
#include <fmt/format.h>

#include "zoetrope/core/error.h"
#include "zoetrope/data/dataset_builder.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/data/layout_readers.h"
#include "zoetrope/data/video_index.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;

class FolderReader {
 public:
  FolderReader(fs::path root, DatasetBuilder& builder) : root_(std::move(root)), builder_(builder) {}

  /// Videos, single pictures (directly in the class's folder), and folders of pictures, at any depth.
  void read_class(const fs::path& folder, std::int64_t label, int depth) {
    if (depth > kMaxFolderDepth)
      throw Error::input("{}: more than {} folders within one another", folder.string(), kMaxFolderDepth);
    const FolderContent content = list_folder(folder);
    for (const fs::path& video : content.videos) add(video, label);
    if (depth == 0) {
      for (const fs::path& picture : content.pictures) add(picture, label);
    } else if (!content.pictures.empty()) {
      add(folder, label);
    }
    for (const fs::path& below : content.folders) read_class(below, label, depth + 1);
  }

 private:
  void add(const fs::path& path, std::int64_t label) {
    const std::string name = path.string();
    builder_.add({.id = path.lexically_relative(root_).string(), .path = path, .labels = {{{label}}}},
                 {&name, 0, Place::Kind::kWhole});
  }

  fs::path root_;
  DatasetBuilder& builder_;
};

}  // namespace

Dataset read_folders(const DatasetOptions& options) {
  const fs::path root = options.subset.empty() ? options.root : options.root / options.subset;
  if (!fs::is_directory(root))
    throw Error::input("{}: no such folder; it should hold a folder for each class", root.string());
  DatasetBuilder builder;
  builder.add_set(options.labels.empty()
                      ? Vocabulary("label", true)
                      : Vocabulary("label", true, read_labels(options.labels), options.labels.string()));
  const FolderContent content = list_folder(root);
  for (const fs::path& loose : content.videos)
    builder.note("left out, since it lies in no class's folder", loose.string());
  FolderReader reader(root, builder);
  for (const fs::path& folder : content.folders) {
    const std::string name = folder.string();
    const std::int64_t label =
        builder.set(0).id_of(folder.filename().string(), {&name, 0, Place::Kind::kWhole});
    reader.read_class(folder, label, 0);
  }
  return builder.finish();
}

}  // namespace zoetrope::data
