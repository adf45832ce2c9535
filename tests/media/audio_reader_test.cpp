#include "zoetrope/media/audio_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/video_writer.h"

namespace zoetrope::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string audio_file(const std::string& name) {
  return std::string(ZOETROPE_TEST_DATA "/audio/") + name;
}

// Seconds at which a burst of 1 kHz first reaches half of its loudest value.
double onset(const Waveform& sound) {
  const torch::Tensor loud = sound.samples.abs() >= sound.samples.abs().max() * 0.5;
  return sound.start_time +
         static_cast<double>(loud.nonzero()[0][0].item<std::int64_t>()) / sound.sample_rate;
}

// Half of its amplitude is reached 1/12 of a period after the burst begins.
constexpr double kBurst = 0.5 + 0.001 / 12;

template <typename T>
std::string wav(int format_tag, int channels, int rate, const std::vector<T>& samples) {
  const auto number = [](std::uint32_t value, int bytes) {
    return std::string(reinterpret_cast<const char*>(&value), static_cast<std::size_t>(bytes));
  };
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * sizeof(T));
  const auto frame_bytes = static_cast<std::uint32_t>(channels) * static_cast<std::uint32_t>(sizeof(T));
  std::string bytes = "RIFF" + number(36 + data_bytes, 4) + "WAVEfmt " + number(16, 4);
  bytes +=
      number(static_cast<std::uint32_t>(format_tag), 2) + number(static_cast<std::uint32_t>(channels), 2);
  bytes +=
      number(static_cast<std::uint32_t>(rate), 4) + number(static_cast<std::uint32_t>(rate) * frame_bytes, 4);
  bytes += number(frame_bytes, 2) + number(8 * sizeof(T), 2) + "data" + number(data_bytes, 4);
  bytes.append(reinterpret_cast<const char*>(samples.data()), data_bytes);
  return bytes;
}

std::string write_wav(const test::TemporaryFolder& folder, const std::string& bytes) {
  const std::string path = folder.file("sound.wav");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string write_sine(const test::TemporaryFolder& folder, int rate, double hertz, int count) {
  std::vector<float> samples;
  for (int i = 0; i < count; ++i)
    samples.push_back(static_cast<float>(0.7 * std::sin(2 * M_PI * hertz * i / rate)));
  return write_wav(folder, wav(3, 1, rate, samples));
}

std::vector<float> values(const Waveform& sound) {
  const float* first = sound.samples.data_ptr<float>();
  return {first, first + sound.samples.numel()};
}

TEST(ReadAudio, GivesTheMeanOfTheChannelsAtFullScaleOfEachFormat) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(values(read_audio(write_wav(folder, wav<std::int16_t>(1, 1, 8000, {0, 16384, -32768})))),
              ElementsAre(0, 0.5f, -1));
  EXPECT_THAT(
      values(read_audio(write_wav(folder, wav<std::int16_t>(1, 2, 8000, {16384, 0, -32768, -16384})))),
      ElementsAre(0.25f, -0.75f));
  EXPECT_THAT(values(read_audio(write_wav(folder, wav<std::uint8_t>(1, 1, 8000, {128, 255, 0})))),
              ElementsAre(0, 127 / 128.0f, -1));
  EXPECT_THAT(values(read_audio(write_wav(
                  folder, wav<std::int32_t>(1, 4, 8000,
                                            {1 << 30, 1 << 30, 0, 0, INT32_MIN, INT32_MIN, 0, INT32_MIN})))),
              ElementsAre(0.25f, -0.75f));
  EXPECT_THAT(values(read_audio(write_wav(folder, wav<double>(3, 3, 8000, {0.5, 0.25, 0, 3, 3, 3})))),
              ElementsAre(0.25f, 3));
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(values(read_audio(write_wav(folder, wav<float>(3, 1, 8000, {0.5f, nan, infinity, -0.5f})))),
              ElementsAre(0.5f, 0, 0, -0.5f));
}

TEST(ReadAudio, HearsTheBurstWhereItWasInEveryContainer) {
  // Encoders that delay (AAC 1024 samples, Opus 312, LAME 1105) must not move it; Matroska's clock ticks at 1
  // ms.
  for (const char* name : {"burst_aac.m4a", "burst_opus.webm", "burst_flac.mkv", "burst_lame.mp3"}) {
    for (const int rate : {0, 16'000}) {
      const Waveform sound = read_audio(audio_file(name), {.sample_rate = rate});
      EXPECT_NEAR(onset(sound), kBurst, 0.0015) << name << " at " << rate;
      EXPECT_NEAR(sound.start_time, 0, 0.03) << name;
      EXPECT_NEAR(sound.start_time + static_cast<double>(sound.samples.numel()) / sound.sample_rate, 1, 0.001)
          << name;
      EXPECT_NEAR(sound.samples.abs().max().item<double>(), 0.4, 0.08) << name;  // the mean of 0.6 and 0.2
      EXPECT_THAT(sound.warnings, IsEmpty()) << name;
    }
  }
}

TEST(ReadAudio, HearsVorbisAsFFmpegTimesIt) {
  const Waveform sound = read_audio(audio_file("burst_vorbis.ogg"));
  EXPECT_NEAR(onset(sound), kBurst, 0.003);  // FFmpeg counts the first, shorter block (128 samples) as sound
  EXPECT_THAT(sound.warnings, IsEmpty());
}

TEST(ReadAudio, KeepsTheClockOfAStreamThatStartsLate) {
  const Waveform sound = read_audio(audio_file("burst_late.mkv"));
  EXPECT_DOUBLE_EQ(sound.start_time, 2);
  EXPECT_NEAR(onset(sound), 2 + kBurst, 0.0015);
}

TEST(ReadAudio, PutsSilenceIntoAGap) {
  const Waveform sound = read_audio(audio_file("burst_gap.mkv"));
  EXPECT_NEAR(onset(sound), kBurst, 0.003);  // the packets before the gap were cut by the encoder, not by us
  EXPECT_NEAR(static_cast<double>(sound.samples.numel()), 48'000, 96);
}

TEST(ReadAudio, CountsOnWhereATimeStampIsAbsurd) {
  const Waveform sound = read_audio(audio_file("burst_jump.mkv"));
  EXPECT_NEAR(static_cast<double>(sound.samples.numel()), 48'000, 96);
  ASSERT_THAT(sound.warnings, SizeIs(1));
  EXPECT_THAT(sound.warnings[0], HasSubstr("time stamps of its sound are damaged"));
}

TEST(ReadAudio, ReadsTheSoundOfARealVideo) {
  const Waveform sound = read_audio(audio_file("nasa_hevc_aac.mp4"));
  EXPECT_EQ(sound.sample_rate, 16'000);
  EXPECT_DOUBLE_EQ(sound.start_time, 0);
  EXPECT_EQ(sound.samples.numel(), 48'000);  // three seconds, as its edit list and last packet say
  EXPECT_GT(sound.samples.square().mean().item<double>(), 1e-5);
}

TEST(ReadAudio, ResamplesWithoutDelayOrLoss) {
  const test::TemporaryFolder folder;
  for (const int source_rate : {8'000, 22'050, 44'100, 48'000}) {
    const std::string path = write_sine(folder, source_rate, 440, source_rate);
    for (const int rate : {8'000, 16'000, 44'100, 48'000, 12'345}) {
      const Waveform sound = read_audio(path, {.sample_rate = rate});
      EXPECT_EQ(sound.samples.numel(), rate) << source_rate;  // one second
      const torch::Tensor time = torch::arange(rate, torch::kFloat64) / rate;
      const torch::Tensor expected = torch::sin(time * (2 * M_PI * 440)) * 0.7;
      const torch::Tensor inner =
          (sound.samples - expected).narrow(0, rate / 50, rate - rate / 25).abs().max();
      EXPECT_LT(inner.item<double>(), 3e-3) << source_rate << " to " << rate;
    }
  }
  const std::string odd = write_sine(folder, 44'100, 440, 1'001);
  EXPECT_EQ(read_audio(odd, {.sample_rate = 16'000}).samples.numel(), 364);  // ceil(1001 * 160 / 441)
  EXPECT_EQ(read_audio(odd, {.sample_rate = 48'000}).samples.numel(), 1'090);
}

TEST(AudioReader, PartsOfAnySizeMakeTheWhole) {
  const std::string path = audio_file("nasa_hevc_aac.mp4");
  for (const int rate : {0, 11'025}) {
    const Waveform whole = read_audio(path, {.sample_rate = rate});
    for (const std::int64_t size : {997, 5'000, 1 << 20}) {
      AudioReader reader(path, {.sample_rate = rate});
      std::vector<torch::Tensor> parts;
      std::int64_t count = 0;
      while (const std::optional<Waveform> part = reader.next(size)) {
        EXPECT_NEAR(part->start_time, whole.start_time + static_cast<double>(count) / whole.sample_rate,
                    1e-9);
        count += part->samples.numel();
        parts.push_back(part->samples);
      }
      EXPECT_TRUE(torch::equal(torch::cat(parts), whole.samples)) << size;
      EXPECT_FALSE(reader.next().has_value());
    }
  }
}

TEST(AudioReader, ASpanIsExactlyItsPartOfTheWhole) {
  for (const char* name : {"nasa_hevc_aac.mp4", "burst_late.mkv"}) {
    const Waveform whole = read_audio(audio_file(name), {.sample_rate = 16'000});
    for (const auto& [start, end] :
         std::vector<std::pair<double, double>>{{0, 0.5}, {0.25, 2.5}, {2.1, 99}, {-5, 2.75}}) {
      const Waveform part = read_audio(audio_file(name), {.sample_rate = 16'000, .start = start, .end = end});
      const auto index = [&](double seconds) {
        const auto i = static_cast<std::int64_t>(std::ceil((seconds - whole.start_time) * 16'000 - 1e-6));
        return std::clamp<std::int64_t>(i, 0, whole.samples.numel());
      };
      const std::int64_t first = index(start), last = index(end);
      EXPECT_TRUE(torch::equal(part.samples, whole.samples.narrow(0, first, last - first)))
          << name << " " << start;
      EXPECT_NEAR(part.start_time, whole.start_time + static_cast<double>(first) / 16'000, 1e-9);
    }
  }
  EXPECT_EQ(read_audio(audio_file("burst_flac.mkv"), {.start = 50}).samples.numel(), 0);
  EXPECT_EQ(read_audio(audio_file("burst_late.mkv"), {.end = 1}).samples.numel(), 0);
}

TEST(AudioReader, CountsWhatIsDamagedAndKeepsTheLength) {
  std::ifstream stream(audio_file("nasa_hevc_aac.mp4"), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t i = bytes.size() / 3; i < bytes.size() / 2; ++i) bytes[i] = static_cast<char>(i * 31);
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("damaged.mp4"), std::ios::binary) << bytes;
  AudioReader reader(folder.file("damaged.mp4"));
  std::int64_t count = 0;
  while (const std::optional<Waveform> part = reader.next()) {
    count += part->samples.numel();
    EXPECT_TRUE(torch::isfinite(part->samples).all().item<bool>());
  }
  EXPECT_GT(reader.lost_packets(), 0);
  ASSERT_FALSE(reader.warnings().empty());
  EXPECT_THAT(reader.warnings()[0], HasSubstr("damaged.mp4"));
  EXPECT_THAT(reader.warnings()[0], HasSubstr("packets of sound cannot be decoded"));
  EXPECT_EQ(count, 48'000);
}

ErrorKind kind_of_failure(const std::string& path, const AudioOptions& options = {}) {
  try {
    static_cast<void>(read_audio(path, options));
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path));
    return error.kind();
  }
  ADD_FAILURE() << path << " was read";
  return ErrorKind::kFailed;
}

TEST(AudioReader, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("text.mp3")) << "no sound at all";
  std::ofstream(folder.file("list.m3u8")) << "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
  EXPECT_EQ(kind_of_failure(folder.file("missing.mp4")), ErrorKind::kInput);
  EXPECT_EQ(kind_of_failure(folder.file("text.mp3")), ErrorKind::kInput);
  EXPECT_EQ(kind_of_failure(folder.file("list.m3u8")), ErrorKind::kInput);

  VideoWriter silent(folder.file("silent.mp4"), {.width = 16, .height = 16, .codec = VideoCodec::kMpeg4});
  silent.write(torch::zeros({16, 16, 3}, torch::kUInt8));
  silent.finish();
  EXPECT_EQ(kind_of_failure(folder.file("silent.mp4")), ErrorKind::kInput);
  EXPECT_EQ(kind_of_failure(folder.file("silent.mp4"), {.stream = 0}), ErrorKind::kUsage);

  const std::string good = audio_file("burst_aac.m4a");
  EXPECT_EQ(kind_of_failure(good, {.stream = 7}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of_failure(good, {.sample_rate = kMaxSampleRate + 1}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of_failure(good, {.sample_rate = -1}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of_failure(good, {.start = 1, .end = 1}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of_failure(good, {.start = std::nan("")}), ErrorKind::kUsage);
  EXPECT_EQ(read_audio(good, {.sample_rate = kMaxSampleRate}).sample_rate, kMaxSampleRate);
  AudioReader reader(good);
  EXPECT_THROW(static_cast<void>(reader.next(0)), Error);
}

}  // namespace
}  // namespace zoetrope::media
