// Pointer, wheel and pinch on the timeline. A click seeks (to the start of a span, or to the point itself), a drag
// scrubs; on touch screens a drag moves a zoomed view. The overview below moves and stretches what is in view.

class Pointers {
  constructor(pane) {
    Object.assign(this, { pane, state: pane.state, player: pane.player, down: new Map(), press: null });
    const root = pane.root;
    root.addEventListener("pointerdown", (event) => this.onDown(event));
    root.addEventListener("pointermove", (event) => this.onMove(event));
    root.addEventListener("pointerup", (event) => this.onUp(event, true));
    root.addEventListener("pointercancel", (event) => this.onUp(event, false));
    root.addEventListener("pointerleave", () => this.leave());
    root.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
  }

  /** Where on the timeline an event happened: x within the lanes, the row's index or -1, y within its canvas. */
  locate(event) {
    const lanes = this.pane.ruler.getBoundingClientRect();
    const element = event.target.closest?.(".row");
    const row = element ? Number(element.dataset.index) : -1;
    const y = row < 0 ? 0 : event.clientY - this.pane.rows[row].canvas.getBoundingClientRect().top;
    const x = Math.min(Math.max(event.clientX - lanes.left, 0), lanes.width);
    return { x, y, row, time: this.state.view.timeAt(x, lanes.width), inLane: Boolean(event.target.closest?.(".lane")) };
  }

  onDown(event) {
    const place = this.locate(event);
    if (event.button !== 0 || !place.inLane) return;
    if (event.target !== this.pane.ruler) event.preventDefault();
    this.down.set(event.pointerId, event.clientX);
    this.pane.root.setPointerCapture(event.pointerId);
    const inOverview = event.target === this.pane.overview;
    const direct = place.row < 0 && !inOverview;
    this.press = { ...place, clientX: event.clientX, moved: false, direct, touch: event.pointerType === "touch" };
    if (inOverview) this.press.overview = this.grabOverview(event);
    else if (direct) this.player.seek(place.time);
    this.leave();
  }

  onMove(event) {
    if (!this.press) return this.hoverAt(event);
    if (this.down.size === 2) return this.pinch(event);
    const moved = event.clientX - this.press.clientX;
    if (Math.abs(moved) > kClickSlack) this.press.moved = true;
    if (this.press.overview) return this.dragOverview(event);
    if (!this.press.moved) return;
    if (this.press.touch && !this.press.direct && this.state.view.zoomed) {
      const seconds = (this.down.get(event.pointerId) - event.clientX) / this.pane.width * this.state.view.span;
      this.down.set(event.pointerId, event.clientX);
      this.state.setView((view) => view.pan(seconds));
    } else {
      this.player.seek(this.locate(event).time);
    }
  }

  onUp(event, finished) {
    this.down.delete(event.pointerId);
    const press = this.press;
    if (!press || this.down.size) return;
    this.press = null;
    if (!finished || press.moved || press.direct || press.overview || press.pinched) return;
    this.click(press);
  }

  click({ row, x, y, time }) {
    const { state, player, pane } = this;
    if (row < 0 || state.model.rows[row].kind === "curve") return player.seek(time);
    const segment = pane.spanUnder(row, x, y);
    const again = segment >= 0 && state.row === row && state.segment === segment;
    state.select(row, segment);
    player.seek(segment < 0 || again ? time : state.model.rows[row].starts[segment]);
  }

  pinch(event) {
    const [a, b] = [...this.down.values()];
    this.down.set(event.pointerId, event.clientX);
    const [c, d] = [...this.down.values()];
    this.press.pinched = true;
    const left = this.pane.ruler.getBoundingClientRect().left;
    const { view } = this.state;
    const held = view.timeAt((a + b) / 2 - left, this.pane.width);
    const factor = Math.max(Math.abs(c - d), 8) / Math.max(Math.abs(a - b), 8);
    this.state.setView(() => {
      view.zoom(factor, held);
      view.pan(((a + b) - (c + d)) / 2 / this.pane.width * view.span);
    });
  }

  /** Ctrl, Alt or a pinch zooms; sideways pans; a plain wheel scrolls what can scroll, and zooms where nothing can. */
  onWheel(event) {
    const place = this.locate(event);
    if (!place.inLane) return;
    const { view } = this.state;
    const unit = event.deltaMode === 1 ? 16 : 1;
    const dx = (event.shiftKey ? event.deltaX || event.deltaY : event.deltaX) * unit, dy = event.deltaY * unit;
    const asked = event.ctrlKey || event.metaKey || event.altKey;
    if (!asked && (event.shiftKey || Math.abs(dx) > Math.abs(dy))) {
      event.preventDefault();
      this.state.setView(() => view.pan(dx / this.pane.width * view.span));
    } else if (asked || place.row < 0 || !canScroll()) {
      event.preventDefault();
      this.state.setView(() => view.zoom(Math.exp(-dy * (event.ctrlKey ? 0.01 : 0.002)), place.time));
    }
    this.hoverAt(event);
  }

  grabOverview(event) {
    const box = this.pane.overview.getBoundingClientRect();
    const { view } = this.state;
    const time = view.first + (event.clientX - box.left) / box.width * (view.last - view.first);
    const grip = 8 / box.width * (view.last - view.first);
    if (Math.abs(time - view.start) < grip) return { edge: "start" };
    if (Math.abs(time - view.end) < grip) return { edge: "end" };
    if (time < view.start || time > view.end) {
      this.state.setView(() => view.show(time - view.span / 2, time + view.span / 2));
    }
    return { edge: null, offset: time - view.start };
  }

  dragOverview(event) {
    const box = this.pane.overview.getBoundingClientRect();
    const { view } = this.state;
    const time = view.first + (event.clientX - box.left) / box.width * (view.last - view.first);
    const { edge, offset } = this.press.overview;
    this.state.setView(() => {
      if (edge === "start") view.show(Math.min(time, view.end - view.shortest), view.end);
      else if (edge === "end") view.show(view.start, time);
      else view.show(time - offset, time - offset + view.span);
    });
  }

  hoverAt(event) {
    const place = this.locate(event);
    if (event.pointerType === "touch" || !place.inLane || event.target === this.pane.overview) return this.leave();
    const row = this.state.model.rows[place.row];
    const segment = row && row.kind !== "curve" ? this.pane.spanUnder(place.row, place.x, place.y) : -1;
    this.pane.setHover({ row: place.row, segment, time: place.time });
    showTip(this.state.model, this.pane.film, row, segment, place.time, event);
    if (place.row < 0) this.pane.onFilm();
  }

  leave() {
    if (this.pane.hover.time !== null) this.pane.setHover({ row: -1, segment: -1, time: null });
    byId("tip").hidden = true;
  }
}

function canScroll() {
  const rows = byId("rows"), page = document.scrollingElement;
  return rows.scrollHeight > rows.clientHeight + 1 || page.scrollHeight > page.clientHeight + 1;
}

/** A small card at the pointer: what is there, when, and how sure. */
function showTip(model, film, row, segment, time, event) {
  const tip = byId("tip");
  const [title, first, second] = tip.lastElementChild.children;
  const frame = model.frames.known ? ` · frame ${model.frames.at(time)}` : "";
  paintTipPicture(film, row ? row.thumbnailOf?.get(segment)?.time ?? null : time);
  title.textContent = tipTitle(row, segment, time);
  title.hidden = !title.textContent;
  first.textContent = segment < 0 ? "" : describeSpan(row, segment);
  first.hidden = segment < 0;
  second.textContent = `${formatTime(time, 2)}${frame}`;
  tip.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const x = Math.min(Math.max(event.clientX - width / 2, 8), document.documentElement.clientWidth - width - 8);
  const above = event.clientY - height - 16;
  tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(above < 8 ? event.clientY + 20 : above)}px)`;
}

function paintTipPicture(film, time) {
  const canvas = byId("tip").firstElementChild;
  const picture = time === null ? null : film.nearest(time);
  canvas.hidden = !picture;
  if (!picture) return;
  canvas.style.aspectRatio = String(film.ratio);
  const { context, width, height } = prepare(canvas);
  drawCover(context, picture, 0, width, height);
}

function tipTitle(row, segment, time) {
  if (!row) return "";
  if (row.kind === "curve") return `${row.name} ${formatNumber(curveAt(row, time))} ${row.unit}`;
  return segment < 0 ? "" : oneLine(row.labels[row.labelOf[segment]]);
}

/** "0:04.20 – 0:06.10 · 1.90 s · 0.91". */
function describeSpan(row, i) {
  const score = Number.isNaN(row.scores[i]) ? "" : ` · ${formatNumber(row.scores[i])}`;
  const span = `${formatTime(row.starts[i])} – ${formatTime(row.ends[i])}`;
  return `${span} · ${formatDuration(row.ends[i] - row.starts[i])}${score}`;
}
