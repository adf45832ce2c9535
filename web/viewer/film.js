// Frames of the video for the film strip and the preview at the pointer: a second player, never shown, seeks through
// what is asked for while the first one rests. Until a frame is there, and where no video can be played, the nearest
// thumbnail stands in.

const kMostFrames = 500;
const kFrameHeight = 132;  // CSS pixels of the largest picture that is made of a frame

class Film {
  constructor(model, player, onFrame) {
    Object.assign(this, { model, player, onFrame, pictures: new Map(), images: new Map(), queue: [], busy: false });
    player.video.addEventListener("loadeddata", () => this.open());
    player.video.addEventListener("pause", () => this.next());
  }

  /** A finger on a small screen has no hover, and its device better things to do than decode a video twice. */
  open() {
    if (this.video || !this.model.frames.known || matchMedia("(pointer: coarse)").matches) return;
    this.video = make("video", { muted: true, preload: "auto", src: this.player.video.currentSrc });
    this.video.addEventListener("loadeddata", () => this.onFrame());
    this.video.addEventListener("seeked", () => this.take());
    this.video.addEventListener("error", () => { this.queue = []; });
  }

  get available() { return this.model.thumbnails.length > 0 || Boolean(this.video); }

  get ratio() {
    const { video } = this.player, first = this.model.thumbnails[0];
    if (video.videoWidth) return video.videoWidth / video.videoHeight;
    return first ? first.width / first.height : 16 / 9;
  }

  /** What to fetch next, most wanted first; what was wanted before and has not come is forgotten. */
  want(times) {
    if (!this.video) return;
    this.queue = times.map((time) => this.model.frames.at(time)).filter((frame) => !this.pictures.has(frame));
    this.next();
  }

  next() {
    if (this.busy || !this.queue.length || this.player.playing || !(this.video?.readyState >= 2)) return;
    this.busy = true;
    this.frame = this.queue.shift();
    const { frames } = this.model;
    this.video.currentTime = Math.max(frames.inside(frames.timeOf(this.frame)) - this.player.offset, 0);
  }

  take() {
    const height = kFrameHeight * Math.min(window.devicePixelRatio || 1, 2);
    const picture = make("canvas", { width: Math.round(height * this.ratio), height });
    picture.getContext("2d").drawImage(this.video, 0, 0, picture.width, picture.height);
    this.pictures.set(this.frame, picture);
    if (this.pictures.size > kMostFrames) this.pictures.delete(this.pictures.keys().next().value);
    this.busy = false;
    this.onFrame();
    this.next();
  }

  /** The picture nearest to a time, of a frame or of a thumbnail: {image, width, height}, or null. */
  nearest(time) {
    let best = null, distance = Infinity;
    for (const [frame, image] of this.pictures) {
      const away = Math.abs(this.model.frames.timeOf(frame) - time);
      if (away < distance) [best, distance] = [image, away];
    }
    const thumbnail = nearestThumbnail(this.model.thumbnails, time);
    if (best && !(thumbnail && Math.abs(thumbnail.time - time) < distance)) {
      return { image: best, width: best.width, height: best.height };
    }
    const image = thumbnail && this.load(thumbnail);
    return image ? { image, width: image.naturalWidth, height: image.naturalHeight } : null;
  }

  load(thumbnail) {
    let image = this.images.get(thumbnail);
    if (!image) {
      image = new Image();
      this.images.set(thumbnail, image);
      image.onload = () => this.onFrame();
      image.src = thumbnail.url;
    }
    return image.complete && image.naturalWidth ? image : null;
  }
}
