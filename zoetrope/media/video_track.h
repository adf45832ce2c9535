#pragma once
// One video stream of a file, as far as it is known before a frame is asked for: its packets, which of them
// gives which frame, when each frame is on screen, and where decoding may begin. Immutable once built, shared
// by all who read.
//
// Note [Where the list of frames comes from]
// FFmpeg's decoder is the truth: a frame is what it gives when it reads the whole stream. Mostly the packets
// alone tell: if every packet has a presentation time of its own, the first is an entry point that nothing
// precedes on screen, the decoder's delay suffices for the reordering seen, none is damaged, a field or a
// layer, then packets and frames correspond one to one, and the frames are the packets in order of
// presentation. That is checked packet by packet (packet_traits.h). Where any of it fails (AVI, which has no
// presentation times; interlaced fields; a stream that begins in the middle; damage), the whole stream is
// decoded once, on all cores, without colours. That pass notes for each frame the packet it came from and a
// hash of its planes; a frame that is decoded later from a seek must have that hash, or decoding starts
// further back.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "zoetrope/media/demuxer.h"
#include "zoetrope/media/file_source.h"
#include "zoetrope/media/media_info.h"
#include "zoetrope/media/packet_table.h"
#include "zoetrope/media/reader_options.h"

namespace zoetrope::media {

struct FrameEntry {
  /// Ordinal in the packet table; -1: unknown, the frame is known by its place alone.
  std::int64_t packet = -1;
  std::int32_t occurrence = 0;  ///< a packet may give several frames
  bool key = false;
  std::uint64_t hash = 0;  ///< of the decoded planes; only where `decoded`
};

struct VideoTrack {
  std::string path;
  FileSource::Identity file;
  int stream = 0;
  AVRational time_base{0, 1};
  AVRational frame_rate{0, 1};  ///< the container's average, or its guess
  FFmpegPtr<AVCodecParameters> parameters;
  std::array<int, 4> upright{1, 0, 0, 1};  ///< how the stored picture is turned; see frame_converter.h
  PacketTable table;
  int demux_errors = 0;
  Demuxer::Opening reopening = Demuxer::Opening::kProbe;  ///< what suffices to read the packets again

  std::vector<FrameEntry> frames;           ///< in presentation order
  std::vector<FrameTime> times;             ///< of each frame, seconds
  std::vector<std::int64_t> entry_packets;  ///< ordinals where decoding may begin, ascending
  int width = 0, height = 0;                ///< of the first frame as decoded

  bool decoded = false;  ///< the frames come from decoding the whole stream
  bool damaged = false;  ///< something could not be read or decoded; one thread decodes, as the pass did
  /// Frames cannot be tied to packets: only reading from the start tells which is which.
  bool in_order_only = false;
  std::int64_t lost = 0;      ///< packets that should have given a frame and did not
  std::int64_t impaired = 0;  ///< frames with concealed or missing parts
  std::vector<std::string> warnings;

  /// Frame index of (packet, occurrence), or -1.
  [[nodiscard]] std::int64_t frame_of(std::int64_t packet, int occurrence) const;
  std::vector<std::int32_t> first_frame_of_packet;  ///< index of the packet's first frame, or -1

  /// The `back`-th last packet (0: the last) where decoding may begin to get this frame; 0, the start, beyond
  /// the first.
  [[nodiscard]] std::int64_t entry_for(std::int64_t frame, int back) const;
};

/// Opens and scans the file. Throws Error (kInput) where no frame can be decoded.
struct ScannedFile {
  MediaInfo info;
  std::shared_ptr<const VideoTrack> track;
};
[[nodiscard]] ScannedFile scan_file(const std::string& path, const VideoReaderOptions& options);

}  // namespace zoetrope::media
