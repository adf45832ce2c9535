#pragma once
// A data set that a test writes: empty videos and files of annotations, and what reading them complains of.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/layouts.h"

namespace zoetrope::data {

class Annotated {
 public:
  /// Writes a file, and the folders on its way; its path.
  std::filesystem::path write(const std::string& name, const std::string& text = "") {
    const std::filesystem::path path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] std::filesystem::path root() const { return folder_.path(); }

  /// The path below the folder.
  [[nodiscard]] std::string relative(const std::filesystem::path& path) const {
    return path.lexically_relative(folder_.path()).string();
  }

  /// The Error of reading it, with the folder's own path left out; "" where it is read.
  [[nodiscard]] std::string complaint(const DatasetOptions& options) const {
    try {
      (void)read_dataset(options);
      return "";
    } catch (const Error& error) {
      std::string text = error.what();
      const std::string prefix = folder_.path().string() + "/";
      for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
      return text;
    }
  }

 private:
  test::TemporaryFolder folder_;
};

/// The names of a sample's labels of one set, joined by '|'; "-" where it is not labelled.
inline std::string labels_of(const Dataset& dataset, std::size_t sample, std::size_t set = 0) {
  const auto& ids = dataset.samples.at(sample).labels.at(set);
  if (!ids) return "-";
  std::string text;
  for (const std::int64_t id : *ids) {
    text += (text.empty() ? "" : "|") + dataset.label_sets.at(set).names.at(static_cast<std::size_t>(id));
  }
  return text;
}

}  // namespace zoetrope::data
