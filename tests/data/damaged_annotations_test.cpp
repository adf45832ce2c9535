#include <gmock/gmock.h>

#include <random>

#include "tests/data/annotated.h"

namespace zoetrope::data {
namespace {

/// A few bytes changed, removed or repeated.
std::string damaged(std::string text, std::mt19937& random) {
  const std::string odd = std::string("\0\n\r\",|[]{}:-9e\xff", 16);
  for (std::size_t left = 1 + random() % 3; left > 0 && !text.empty(); --left) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = odd[random() % odd.size()];
        break;
      case 1:
        text.erase(at, random() % 8);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 40));
        break;
      default:
        text[at] = static_cast<char>(random());
    }
  }
  return text;
}

struct Case {
  Layout layout;
  std::string annotations, labels;
};

TEST(DamagedAnnotations, AreReadOrRefusedInOneLine) {
  const std::vector<Case> cases = {
      {Layout::kKinetics, "label,youtube_id,time_start,time_end,split\nx,b,0,10,t\ny,c,3,13,t\n", "x\ny\n"},
      {Layout::kSsv2, R"([{"id":"1","template":"Closing [something]"},{"id":"2","template":"Opening [it]"}])",
       R"({"Closing something":"0","Opening it":"1"})"},
      {Layout::kMultiMoments, "a/b.mp4,2,0\nc/d.mp4,1\n", "crafting,1\nbaking,0\nsinging,2\n"},
      {Layout::kHvu, "Tags,youtube_id,time_start,time_end\njudo|mat,a,1.5,3\n",
       "Tag,Category\njudo,act\nmat,obj\n"},
      {Layout::kCoview, "video,start,scene,action,importance\ntrip,0,sea,surf,1\n",
       "set,label\nscene,sea\naction,surf\n"},
      {Layout::kCsv, "path,start,end,label\na.mp4,0,2,\"x\"\nb.mp4,1,,x|y\n", "x\ny\n"}};
  Annotated files;
  std::mt19937 random(7);
  int refused = 0, read = 0;
  for (int i = 0; i < 900; ++i) {
    const Case& each = cases[static_cast<std::size_t>(i) % cases.size()];
    const bool labels_too = random() % 3 == 0;
    const std::string complaint = files.complaint(
        {.layout = each.layout,
         .annotations = files.write("a", damaged(each.annotations, random)),
         .labels = files.write("l", labels_too ? damaged(each.labels, random) : each.labels)});
    ++(complaint.empty() ? read : refused);
    EXPECT_LT(complaint.size(), 500U);
    EXPECT_EQ(complaint.find('\n'), std::string::npos) << complaint;
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(read, 50);
}

}  // namespace
}  // namespace zoetrope::data
