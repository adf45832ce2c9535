#pragma once
// The timeline that the tests of the page show, and a page of it on disk beside its video.

#include <filesystem>
#include <string>

#include "tests/support/browser.h"
#include "zoetrope/timeline/page.h"

namespace zoetrope::timeline {

/// The bytes of a file of tests/data/page.
std::string test_file(const std::string& name);

/// nasa_vp9_opus.webm: three touching shots (from 0.007, 1.007 and 2.507 s), four actions of which two
/// overlap, a curve with a gap, captions, a warning.
Timeline sample_timeline();

/// A link to the video and a picture for every shot.
PageOptions sample_options();

/// A page on disk; the video lies beside it.
class PageOnDisk {
 public:
  explicit PageOnDisk(const Timeline& timeline = sample_timeline(),
                      const PageOptions& options = sample_options());
  [[nodiscard]] std::string url() const;

 private:
  test::TemporaryFolder folder_;
};

/// Opens a page and waits until it is ready and, if it has one, its video too. Fails the test otherwise.
void open_page(test::Browser& browser, const PageOnDisk& page, const std::string& fragment = "");

/// A box of the page, in CSS pixels of the viewport.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};
Box box_of(test::Browser& browser, const std::string& selector);

/// Where a time is on the ruler, and the time that the page says is now.
double x_of_time(test::Browser& browser, const Timeline& timeline, double time);
double time_shown(test::Browser& browser);

}  // namespace zoetrope::timeline
