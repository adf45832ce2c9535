#pragma once
// What a file may ask of us at most. A file is not trusted: it may claim any size, count or duration in a few
// bytes. Every ceiling stands here, and tests/media/limits_test.cpp holds each one.

#include <cstddef>
#include <cstdint>

namespace zoetrope::media {

/// Pixels of one picture (an 8K picture has 33 million).
inline constexpr std::int64_t kMaxFramePixels = 1 << 26;

/// Streams of one file.
inline constexpr int kMaxStreams = 64;

/// Packets of one video stream: 46 hours at 60 a second.
inline constexpr std::int64_t kMaxPackets = 10'000'000;

/// A container may point to the same bytes again (edit lists do), but its packets together hold at most this
/// many times the bytes of the file.
inline constexpr std::int64_t kMaxRereads = 16;

/// Bytes that the demuxer may read, as multiples of the file's size and at least `kMinReadBudget`, until it
/// gives the next packet.
inline constexpr std::int64_t kMaxReadsPerPacket = 4;
inline constexpr std::int64_t kMinReadBudget = 256LL << 20;

/// Errors in a row of the demuxer, or of a decoder that is being emptied, after which the stream counts as
/// ended.
inline constexpr int kMaxErrorsInRow = 64;

/// Bytes of one allocation inside FFmpeg (its own default is 2 GiB): the bound of tables that a header may
/// claim.
inline constexpr std::size_t kMaxAllocation = std::size_t{512} << 20;

/// Seconds that a stream may last; times beyond are taken as damaged and counted on from the frame rate.
inline constexpr double kMaxDuration = 1e7;

/// Bytes of one result of `VideoReader::frames_at`; more is read with `stream`.
inline constexpr std::int64_t kMaxResultBytes = 16LL << 30;

/// MP4: depth and number of boxes that are looked at for the edit list, and entries of one list.
inline constexpr int kMaxBoxDepth = 8;
inline constexpr int kMaxBoxes = 20'000;
inline constexpr std::int64_t kMaxEdits = 1'000;

/// Pixels that `Check::kAuto` decodes at most when a file is opened, to see for itself what the packets
/// promise: a blink (some 0.1 s of H.264 on one core).
inline constexpr std::int64_t kAutoCheckPixels = 16'000'000;

}  // namespace zoetrope::media
