// The video, or what stands in for it: one clock for the page, exact to the frame.

class Player {
  constructor(state) {
    this.state = state;
    this.video = byId("video");
    this.picture = byId("picture");
    this.playable = false;
    this.offset = 0;       // what to add to the browser's time to get the video's own
    this.wanted = null;    // where to seek once the seek under way is done
    this.sought = null;    // where the last seek was to go, and `asked` by the browser's time
    this.setRatio(state.model.video.width, state.model.video.height);
    this.open();
    this.picture.addEventListener("click", () => this.toggle());
    state.on("time", () => this.showTime());
  }

  open() {
    const { model } = this.state;
    const url = model.page.video.embedded ? embeddedVideo(model.page.video.type) : model.page.video.href;
    this.showStill();
    if (!url) {
      // With nothing to see, the timeline and the list have the page for themselves.
      document.body.classList.toggle("bare", !model.thumbnails.length);
      return this.giveUp("The video is not part of this page. Thumbnails stand in for it.");
    }
    const { video } = this;
    if (model.page.poster) video.poster = `data:image/jpeg;base64,${model.page.poster}`;
    video.addEventListener("loadedmetadata", () => this.onMetadata());
    for (const name of ["durationchange", "loadeddata", "seeked"]) video.addEventListener(name, () => this.settle());
    video.addEventListener("error", () => this.onError());
    video.addEventListener("seeked", () => this.seekOn());
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.onPlayState());
    video.src = url;
  }

  onMetadata() {
    const { video, state } = this;
    if (!video.videoWidth) return this.onError();  // a sound track alone, or a codec that only the sound survives
    this.offset = clockOffset(video.duration, state.model.video);
    this.setRatio(video.videoWidth, video.videoHeight);
    this.playable = true;
    video.hidden = false;
    byId("still").hidden = true;
    document.body.classList.add("playable");
    this.wanted ??= state.time;
    this.tries = 0;
    this.seekOn();
  }

  onError() {
    const name = this.state.model.title;
    this.giveUp(`${name} cannot be played here: it is no longer beside this page, or this browser lacks its codec.`);
  }

  giveUp(words) {
    this.playable = false;
    this.video.hidden = true;
    document.body.classList.remove("playable");
    document.body.classList.add("still");
    byId("notice").textContent = words;
    byId("notice").hidden = false;
    this.showStill();
  }

  setRatio(width, height) {
    if (width > 0 && height > 0) this.picture.style.setProperty("--ratio", width / height);
  }

  showStill() {
    const still = byId("still");
    const { model, time } = this.state;
    const thumbnail = nearestThumbnail(model.thumbnails, time);
    still.hidden = this.playable || !thumbnail;
    if (thumbnail && still.src !== thumbnail.url) still.src = thumbnail.url;
  }

  get playing() { return this.playable && !this.video.paused && !this.video.ended; }

  toggle() {
    if (!this.playable) return;
    if (this.playing) return this.video.pause();
    if (this.video.ended || this.state.time >= this.state.model.end - 1e-3) this.seek(this.state.model.start);
    this.video.play().catch(() => {});  // a browser may refuse to start by itself; the button stays as it is
  }

  seek(time) {
    const { state } = this;
    const last = state.model.frames.known ? state.model.frames.timeOf(state.model.frames.count - 1) : state.model.end;
    this.wanted = Math.min(time, Math.max(last, state.model.start));
    this.tries = 0;
    state.setTime(time, true);
    this.seekOn();
  }

  /** Browsers drop seeks that come while another is under way; so one at a time, and then the latest. */
  seekOn() {
    if (!this.playable || this.video.seeking || this.wanted === null) return;
    this.asked = Math.max(this.state.model.frames.inside(this.wanted) - this.offset, 0);
    this.video.currentTime = this.asked;
    this.sought = this.wanted;
    this.wanted = null;
  }

  /**
   * Of a file whose clock starts late, Chromium learns the clock and the duration only as it reads, and cuts seeks to the
   * duration that it knows by then: what was asked for before is asked for again.
   */
  settle() {
    const { video } = this;
    if (!this.playable || !video.paused || this.wanted !== null || this.sought === null) return;
    const offset = clockOffset(Math.max(video.duration, video.currentTime), this.state.model.video);
    const missed = !video.seeking && Math.abs(video.currentTime - this.asked) > 0.01 && this.asked <= video.duration;
    if (offset === this.offset && (!missed || ++this.tries > 8)) return;
    this.offset = offset;
    this.wanted = this.sought;
    this.seekOn();
  }

  step(frames) {
    const { frames: clock } = this.state.model;
    if (this.playing) this.video.pause();
    if (!clock.known) return this.seek(this.state.time + frames * 0.04);
    const target = Math.min(Math.max(clock.at(this.state.time) + frames, 0), Math.max(clock.count - 1, 0));
    this.seek(clock.timeOf(target));
  }

  onPlayState() {
    document.body.classList.toggle("playing", this.playing);
    if (this.playing && !this.ticking) this.tick();
  }

  tick() {
    this.ticking = this.playing;
    this.sought = null;
    if (this.wanted === null && !this.video.seeking) this.state.setTime(this.video.currentTime + this.offset);
    if (this.playing) requestAnimationFrame(() => this.tick());
  }

  showTime() {
    const { model, time } = this.state;
    if (!this.playable) this.showStill();
    byId("clock").textContent = formatTime(time, 3);
    byId("clock-frame").textContent = model.frames.known ? `frame ${model.frames.at(time)}` : "";
  }
}

/** Browsers count from zero or keep the file's clock; the latest time that they report tells which. */
function clockOffset(reported, { start, duration }) {
  const keeps = Math.abs(reported - (start + duration)) < Math.abs(reported - duration);
  return keeps ? 0 : start;
}

/** A blob, not a data URL: players seek in blobs. */
function embeddedVideo(type) {
  const text = atob(byId("video-bytes").textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  byId("video-bytes").remove();
  return URL.createObjectURL(new Blob([bytes], { type }));
}
