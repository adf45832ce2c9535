#include "zoetrope/core/config_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// The message of the Error that `work` throws, or "" where it throws none.
template <typename Work>
std::string config_error(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string toml_error(const std::string& text) {
  return config_error([&] { (void)parse_toml(text, "r.toml"); });
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ConfigValue, KnowsWhereItWasWritten) {
  const ConfigValue root = parse_toml("a = 1\n[b]\nc = [\n  true ]\n", "r.toml");
  const auto& table = std::get<ConfigTable>(root.data);
  EXPECT_EQ(root.origin.text(), "r.toml");
  EXPECT_EQ(find_key(table, "a")->origin.text(), "r.toml:1");
  const auto& b = std::get<ConfigTable>(find_key(table, "b")->data);
  EXPECT_EQ(find_key(b, "c")->origin.text(), "r.toml:3");
  EXPECT_EQ(std::get<ConfigList>(find_key(b, "c")->data)[0].origin.text(), "r.toml:4");
  EXPECT_EQ(find_key(b, "d"), nullptr);
}

TEST(ConfigValue, SyntaxErrorsAreOneLineWithAPlace) {
  EXPECT_THAT(toml_error("lr = 0.1\nlr 2\n"), StartsWith("r.toml:2:"));
  EXPECT_THAT(toml_error("lr = 0.1\nlr = 2\n"), StartsWith("r.toml:2:"));
  EXPECT_THAT(toml_error("when = 2024-01-01\n"), StartsWith("r.toml:1: a date or time is no value"));
  for (const char* text :
       {"a = \"\x01\"", "a = \"\n\"", "\xff\xfe = 1", "a = [1, 2", "[a\n]", "a = 1e", "=", "a ="}) {
    const std::string error = toml_error(text);
    EXPECT_THAT(error, StartsWith("r.toml:")) << text;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(ConfigValue, FilesHaveACeiling) {
  EXPECT_EQ(toml_error(std::string(kMaxConfigBytes, '\n')), "");
  EXPECT_EQ(toml_error(std::string(kMaxConfigBytes + 1, '\n')),
            "r.toml: larger than 1048576 bytes, the most that is read");
  EXPECT_EQ(config_error([] { (void)read_toml("/dev/zero"); }),
            "/dev/zero: larger than 1048576 bytes, the most that is read");
  EXPECT_EQ(config_error([] { (void)read_toml("/no/such/file.toml"); }),
            "/no/such/file.toml: cannot read: No such file or directory");
  EXPECT_EQ(config_error([] { (void)read_toml("/tmp"); }), "/tmp: cannot read: Is a directory");
}

TEST(ConfigValue, DepthHasACeilingForEveryWayToNest) {
  const std::string too_deep = "r.toml: nests deeper than 32 levels; no configuration needs that";
  const int deep = kMaxConfigDepth, bomb = 100000;
  EXPECT_EQ(toml_error("x = " + repeated("[", deep) + repeated("]", deep)), "");
  EXPECT_EQ(toml_error("[" + repeated("a.", deep - 1) + "a]"), "");
  EXPECT_EQ(toml_error(repeated("a.", deep - 1) + "a = 1"), "");
  for (const int depth : {deep, bomb}) {
    EXPECT_EQ(toml_error("x = " + repeated("[", depth + 1) + repeated("]", depth + 1)), too_deep);
    EXPECT_EQ(toml_error("[" + repeated("a.", depth) + "a]"), too_deep);
    EXPECT_EQ(toml_error("[[" + repeated("a .", depth) + "a]]"), too_deep);
    EXPECT_EQ(toml_error(repeated("a.", depth) + "a = 1"), too_deep);
    EXPECT_EQ(toml_error(repeated("\"=[\".'#'.", depth) + "a = 1"), too_deep);
    EXPECT_EQ(toml_error("x = {" + repeated("a.", depth) + "a = 1}"), too_deep);
    EXPECT_EQ(toml_error("x = " + repeated("{a = ", depth + 1) + "1" + repeated("}", depth + 1)), too_deep);
    EXPECT_EQ(toml_error("x = { s = \"\"\"q\"\"\"\", " + repeated("a.", depth) + "a = 1}"), too_deep);
  }
  // Each way within its own ceiling, together beyond it.
  EXPECT_EQ(toml_error("x = " + repeated("{" + repeated("a.", 30) + "a = ", 30) + "1" + repeated("}", 30)),
            too_deep);
}

TEST(ConfigValue, DotsOfStringsNumbersAndCommentsAreNoDepth) {
  const std::string dots(100, '.');
  EXPECT_EQ(
      toml_error("a = \"" + dots + "\" # " + dots + "\nb = '" + dots + "'\nc = '''\n" + dots + "\n'''\n"),
      "");
  EXPECT_EQ(toml_error("a = [" + repeated("0.5, ", 100) + "]"), "");
  EXPECT_EQ(toml_error("a = \"\\\"" + dots + "\""), "");
}

ConfigValue with_override(const std::string& text, const std::string& assignment) {
  ConfigValue root = parse_toml(text, "r.toml");
  apply_override(root, assignment);
  return root;
}

TEST(ConfigOverride, TakesTomlAndBareStrings) {
  EXPECT_EQ(to_toml(with_override("", "lr=0.05")), "lr = 0.05\n");
  EXPECT_EQ(to_toml(with_override("", " a.b-c = [1, 2] ")), "[a]\nb-c = [1, 2]\n");
  EXPECT_EQ(to_toml(with_override("", "model=x3d_s")), "model = \"x3d_s\"\n");
  EXPECT_EQ(to_toml(with_override("", "model=\"x3d s\"")), "model = \"x3d s\"\n");
  EXPECT_EQ(to_toml(with_override("", "on=true")), "on = true\n");
  EXPECT_EQ(to_toml(with_override("", "path=/a b/c=d.toml")), "path = \"/a b/c=d.toml\"\n");
  EXPECT_EQ(to_toml(with_override("", "list=[1, ")), "list = \"[1,\"\n");
  EXPECT_EQ(to_toml(with_override("", "empty=")), "empty = \"\"\n");
  EXPECT_EQ(to_toml(with_override("", "day=2024-01-01")), "day = \"2024-01-01\"\n");
  EXPECT_EQ(to_toml(with_override("", "a=1\nb = 2")), "a = \"1\\nb = 2\"\n") << "one assignment sets one key";
}

TEST(ConfigOverride, ReplacesWhatTheFileSays) {
  EXPECT_EQ(to_toml(with_override("[a]\nb = 1\nc = 2\n", "a.b=3")), "[a]\nb = 3\nc = 2\n");
  EXPECT_EQ(to_toml(with_override("[a]\nb = 1\nc = 2\n", "a={ b = 3 }")), "[a]\nb = 3\n");
  const ConfigValue root = with_override("a = 1", "a=[2]");
  const ConfigValue& list = *find_key(std::get<ConfigTable>(root.data), "a");
  EXPECT_EQ(std::get<ConfigList>(list.data)[0].origin.text(), "command line");
}

TEST(ConfigOverride, RefusesWhatSetsNothing) {
  const auto refusal = [](const std::string& assignment) {
    return config_error([&] { (void)with_override("a = 1", assignment); });
  };
  EXPECT_EQ(refusal("lr"), "command line: 'lr' sets nothing; write key=value");
  EXPECT_EQ(refusal("=1"), "command line: '=1' has an empty name in its key");
  EXPECT_EQ(refusal("b..c=1"), "command line: 'b..c=1' has an empty name in its key");
  EXPECT_EQ(refusal("a.b=1"), "command line: 'a.b=1' leads through a value that is no table (r.toml:1)");
  EXPECT_THAT(refusal(repeated("a.", 100) + "a=1"), HasSubstr("nests deeper"));
}

TEST(ConfigToml, IsWrittenAsPeopleWriteIt) {
  const ConfigValue root = parse_toml(
      "c = 0.1\nd = 1e300\ne = 2.0\nf = -inf\ng = \"a\\\"\\\\\\n\\u0001é\"\nh = [[1, 2], []]\ni = [{x = 1}, "
      "2]\n"
      "[t]\n[t.u]\nv = 1\n[[w]]\nx = 1\n[[w]]\n[w.\"y z\"]\nq = {}\n",
      "r.toml");
  EXPECT_EQ(
      to_toml(root),
      "c = 0.1\nd = 1e+300\ne = 2.0\nf = -inf\ng = \"a\\\"\\\\\\n\\u0001é\"\nh = [[1, 2], []]\n"
      "i = [{ x = 1 }, 2]\n\n[t]\n\n[t.u]\nv = 1\n\n[[w]]\nx = 1\n\n[[w]]\n\n[w.\"y z\"]\n\n[w.\"y z\".q]\n");
  EXPECT_EQ(to_toml(parse_toml("", "r.toml")), "");
}

/// A random value; `depth` bounds the tables and lists within it.
ConfigValue random_value(std::mt19937& random, int depth) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto letters = [&] {
    static const std::vector<std::string> kLetters = {"a",  "Z", "_",  "-",  ".", " ", "=",
                                                      "\"", "'", "\\", "\n", "é", "#"};
    std::string text;
    for (int n = below(6); n > 0; --n) text += kLetters[static_cast<std::size_t>(below(13))];
    return text;
  };
  switch (below(depth > 0 ? 6 : 4)) {
    case 0:
      return {.data = below(2) == 1};
    case 1:
      return {.data = static_cast<std::int64_t>(random()) << below(32)};
    case 2:
      return {.data = std::ldexp(static_cast<double>(random()) - 2e9, below(200) - 100)};
    case 3:
      return {.data = letters()};
    case 4: {
      ConfigList list;
      for (int n = below(4); n > 0; --n) list.push_back(random_value(random, depth - 1));
      return {.data = list};
    }
    default: {
      ConfigTable table;
      for (int n = below(5); n > 0; --n) {
        const std::string key = letters();
        if (!find_key(table, key)) table.push_back({key, random_value(random, depth - 1)});
      }
      return {.data = table};
    }
  }
}

bool same_value(const ConfigValue& a, const ConfigValue& b) {
  if (a.data.index() != b.data.index()) return false;
  if (const auto* list = std::get_if<ConfigList>(&a.data)) {
    const auto& other = std::get<ConfigList>(b.data);
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), same_value);
  }
  if (const auto* table = std::get_if<ConfigTable>(&a.data)) {
    const auto& other = std::get<ConfigTable>(b.data);
    return table->size() == other.size() &&
           std::all_of(table->begin(), table->end(), [&](const ConfigEntry& entry) {
             const ConfigValue* value = find_key(other, entry.key);
             return value && same_value(entry.value, *value);
           });
  }
  if (const auto* text = std::get_if<std::string>(&a.data)) return *text == std::get<std::string>(b.data);
  if (const auto* number = std::get_if<double>(&a.data)) return *number == std::get<double>(b.data);
  return to_inline_toml(a) == to_inline_toml(b);
}

TEST(ConfigToml, ReadsBackAsItWasWritten) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    ConfigValue root{.data = ConfigTable{{"k", random_value(random, 4)}, {"l", random_value(random, 4)}}};
    const std::string text = to_toml(root);
    ASSERT_TRUE(same_value(root, parse_toml(text, "r.toml"))) << text;
  }
}

}  // namespace
}  // namespace zoetrope
