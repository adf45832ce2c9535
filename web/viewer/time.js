// Times as people read them, and frames as the file holds them.

/** "0:04.25", "1:02:03": with as many decimals of a second as asked. */
function formatTime(seconds, decimals = 2) {
  const sign = seconds < 0 ? "−" : "";
  const unit = 10 ** decimals;
  const ticks = Math.round(Math.abs(seconds) * unit);
  const whole = Math.floor(ticks / unit);
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const two = (n) => String(n).padStart(2, "0");
  const fraction = decimals ? `.${String(ticks % unit).padStart(decimals, "0")}` : "";
  return `${sign}${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}${fraction}`;
}

/** "1.90 s", "2 min 05 s", "1 h 02 min". */
function formatDuration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Three or four significant digits, without an exponent where people need none. */
function formatNumber(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  if (size >= 1000) return value.toFixed(0);
  if (size >= 100) return value.toFixed(1);
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3);
}

/** Frame numbers and their times: by the file's own frame times where they are known, by the rate otherwise. */
class FrameClock {
  constructor(video, steps) {
    this.start = video.start;
    this.rate = video.fps;
    this.count = video.num_frames || Math.round(video.duration * video.fps);
    this.times = steps ? FrameClock.unpack(steps) : null;
  }

  /** Steps are whole microseconds from one frame to the next; the first counts from zero. */
  static unpack(steps) {
    const times = new Float64Array(steps.length);
    let sum = 0;
    steps.forEach((step, i) => { times[i] = (sum += step) / 1e6; });
    return times;
  }

  get known() { return this.times !== null || this.rate > 0; }

  /** The frame on screen at a time; a time within half a millisecond of a frame's start belongs to that frame. */
  at(time) {
    const t = time + 5e-4;
    const index = this.times ? upperBound(this.times, t) - 1 : Math.floor((t - this.start) * this.rate);
    return Math.min(Math.max(index, 0), Math.max(this.count - 1, 0));
  }

  timeOf(index) {
    if (!this.times) return this.start + index / this.rate;
    return this.times[Math.min(Math.max(index, 0), this.times.length - 1)];
  }

  /** Where to send the player for a time, a little inside its frame: players round, and would show the one before. */
  inside(time) {
    if (!this.known) return time;
    const frame = this.timeOf(this.at(time));
    const length = this.rate > 0 ? 1 / this.rate : 0.04;
    return Math.max(time, frame + Math.min(length / 4, 0.005));
  }
}
