// The span of time that the timeline shows, and the page's state with those who want to hear of its changes.

class View {
  constructor(start, end, shortest) {
    this.first = start;
    this.last = end;
    this.shortest = Math.min(shortest, end - start);
    this.start = start;
    this.end = end;
  }

  get span() { return this.end - this.start; }
  get zoomed() { return this.span < (this.last - this.first) * 0.9999; }

  xOf(time, width) { return (time - this.start) / this.span * width; }
  timeAt(x, width) { return this.start + x / width * this.span; }

  show(start, end) {
    const span = Math.min(Math.max(end - start, this.shortest), this.last - this.first);
    this.start = Math.min(Math.max(start, this.first), this.last - span);
    this.end = this.start + span;
  }

  /** Zooms so that `time` keeps its place on the screen; a factor above one shows less time. */
  zoom(factor, time) {
    const span = Math.min(Math.max(this.span / factor, this.shortest), this.last - this.first);
    const place = (time - this.start) / this.span;
    this.show(time - place * span, time - place * span + span);
  }

  pan(seconds) { this.show(this.start + seconds, this.end + seconds); }
}

/** Turns many calls within a frame into one, in the order in which the jobs were first asked for. */
class Painter {
  constructor() { this.jobs = new Set(); }

  ask(job) {
    if (!this.jobs.size) requestAnimationFrame(() => this.run());
    this.jobs.add(job);
  }

  run() {
    const jobs = [...this.jobs];
    this.jobs.clear();
    for (const job of jobs) job();
  }
}

/** What changes while the page is open. Listeners are called with the name of what changed. */
class State {
  constructor(model) {
    this.model = model;
    this.view = new View(model.start, model.end, model.video.fps > 0 ? 8 / model.video.fps : 0.25);
    this.time = model.start;
    this.row = 0;
    this.segment = -1;
    this.listeners = { time: [], view: [], selection: [], filter: [], theme: [] };
  }

  on(what, listener) { for (const name of what.split(" ")) this.listeners[name].push(listener); }
  tell(what) { for (const listener of this.listeners[what]) listener(); }

  /** `sought` tells a jump that somebody asked for from the running of the video. */
  setTime(time, sought = false) {
    this.time = Math.min(Math.max(time, this.model.start), this.model.end);
    this.sought = sought;
    this.tell("time");
  }

  setView(change) {
    change(this.view);
    this.tell("view");
  }

  select(row, segment = -1) {
    if (row === this.row && segment === this.segment) return;
    this.row = row;
    this.segment = segment;
    this.tell("selection");
  }

  get selectedRow() { return this.model.rows[this.row]; }
}
