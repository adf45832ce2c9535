#pragma once
// The files of web/ as the build embedded them (cmake/ZoetropeEmbed.cmake); page.cpp puts them together.

#include <string_view>

namespace zoetrope::timeline {

extern const std::string_view kViewerHtml, kViewerHtmlSha256;      ///< the template, with {{places}}
extern const std::string_view kViewerCss, kViewerCssSha256;        ///< digests are 64 hexadecimal digits
extern const std::string_view kViewerScript, kViewerScriptSha256;  ///< the scripts of web/viewer, joined

}  // namespace zoetrope::timeline
