// The timeline: rows under one ruler, the playhead over them, and what a pointer does there.

const kClickSlack = 4;  // pixels that a click may wander before it is a drag

class TimelinePane {
  constructor(state, player) {
    Object.assign(this, { state, player, painter: new Painter(), theme: readTheme() });
    this.film = new Film(state.model, player, () => this.onFilm());
    this.root = byId("timeline");
    this.ruler = byId("ruler");
    this.strip = byId("strip");
    this.overview = byId("overview");
    this.hover = { row: -1, segment: -1, time: null };
    this.inView = true;
    this.rows = state.model.rows.map((row, index) => this.buildRow(row, index));
    byId("rows").append(...this.rows.map((row) => row.element));
    byId("rows").addEventListener("scroll", () => this.markMore(), { passive: true });
    this.buildZoom();
    new Pointers(this);
    new ResizeObserver(() => this.measure()).observe(this.root);
    state.on("view", () => this.paintAll());
    state.on("filter", () => this.paintAll());
    state.on("theme", () => {
      this.theme = readTheme();
      this.paintAll();
    });
    state.on("selection", () => this.showSelection());
    state.on("time", () => this.follow());
    this.showSelection();
  }

  buildRow(row, index) {
    const canvas = make("canvas", { role: "img" });
    const now = make("span", { className: "row-now", dir: "auto" });
    const name = make("span", { className: "row-name", dir: "auto", textContent: row.name });
    const kind = row.kind === "curve" ? "div" : "button";
    const title = make(kind, { className: "row-title", title: row.description || row.name }, name, now);
    canvas.ariaLabel = row.kind === "curve" ? `Curve ${row.name}` : `Track ${row.name}, ${row.count} segments`;
    if (kind === "button") {
      title.type = "button";
      title.onclick = () => this.state.select(index);
    }
    if (row.kind !== "curve") row.colours = assignColours(row.labels);
    const lane = make("div", { className: "lane" }, canvas);
    const gutter = make("div", { className: "gutter" }, title);
    const element = make("div", { className: "row" }, gutter, lane);
    element.dataset.index = index;
    lane.style.height = `${rowHeight(row)}px`;
    if (row.lanes > 4) gutter.append(this.buildOpener(row, lane));
    return { row, element, canvas, title, now, paint: () => this.paintRow(index) };
  }

  /** A row of many lanes is drawn small, or open with room for labels. */
  buildOpener(row, lane) {
    const opener = make("button", { type: "button", className: "icon opener", title: "Tall lanes" }, icon("open"));
    opener.ariaExpanded = "false";
    opener.onclick = () => {
      row.open = !row.open;
      opener.ariaExpanded = String(row.open);
      lane.style.height = `${rowHeight(row)}px`;
      this.measure();
    };
    return opener;
  }

  buildZoom() {
    const zoom = (factor) => () => this.zoomAtPlayhead(factor);
    byId("zoom-in").onclick = zoom(2);
    byId("zoom-out").onclick = zoom(0.5);
    byId("zoom-fit").onclick = () => this.fit();
  }

  fit() { this.state.setView((view) => view.show(view.first, view.last)); }

  zoomAtPlayhead(factor) {
    const { view, time } = this.state;
    const centre = time >= view.start && time <= view.end ? time : (view.start + view.end) / 2;
    this.state.setView(() => view.zoom(factor, centre));
  }

  measure() {
    const rows = byId("rows");
    this.root.style.setProperty("--scrollbar", `${rows.offsetWidth - rows.clientWidth}px`);
    this.width = this.ruler.clientWidth;
    this.markMore();
    this.paintAll();
  }

  /** Rows that continue below the edge fade out there. */
  markMore() {
    const rows = byId("rows");
    rows.classList.toggle("more", rows.scrollHeight - rows.clientHeight - rows.scrollTop > 2);
  }

  paintStrip() {
    this.strip.hidden = !this.film.available;
    if (this.strip.hidden) return;
    const times = drawStrip(this.strip, this.state.view, this.film);
    const around = this.hover.row < 0 && this.hover.time !== null ? [this.hover.time] : [];
    this.film.want([...around, ...times]);
  }

  onFilm() {
    this.painter.ask(this.paintStripLater ??= () => this.paintStrip());
    if (this.hover.time !== null && this.hover.row < 0) paintTipPicture(this.film, this.hover.time);
  }

  paintAll() {
    const { view } = this.state;
    this.painter.ask(this.paintHead ??= () => {
      drawRuler(this.ruler.firstElementChild, view, this.theme);
      drawOverview(this.overview, this.state.selectedRow, view, this.theme);
      this.paintStrip();
    });
    for (const each of this.rows) this.painter.ask(each.paint);
    byId("zoom-span").textContent = view.zoomed ? formatDuration(view.span) : "";
    byId("zoom-out").disabled = byId("zoom-fit").disabled = !view.zoomed;
    this.inView = this.state.time >= view.start && this.state.time <= view.end;
    this.placePlayhead();
  }

  paintRow(index) {
    const { row, canvas } = this.rows[index];
    const { state, hover } = this;
    if (row.kind === "curve") {
      drawCurve(canvas, row, state.view, this.theme, hover.time);
    } else {
      const selected = state.row === index ? state.segment : -1;
      drawSpans(canvas, row, state.view, this.theme, selected, hover.row === index ? hover.segment : -1);
    }
  }

  showSelection() {
    this.rows.forEach((each, index) => {
      const selected = index === this.state.row;
      each.element.classList.toggle("selected", selected);
      if (each.row.kind !== "curve") each.title.ariaPressed = String(selected);
      this.painter.ask(each.paint);
    });
    this.paintAll();
  }

  /** Keeps the playhead in sight when it leaves the view by itself, and after every seek; not while people look around. */
  follow() {
    const { view, time, sought } = this.state;
    const inView = time >= view.start && time <= view.end;
    if (view.zoomed && !inView && (this.inView || sought)) {
      const lead = sought ? 0.5 : 0.06;
      this.state.setView(() => view.show(time - lead * view.span, time + (1 - lead) * view.span));
    }
    this.inView = time >= view.start && time <= view.end;
    this.placePlayhead();
    for (const { row, now } of this.rows) {
      const text = describeNow(row, time);
      if (now.textContent !== text) now.textContent = text;
    }
    this.ruler.ariaValueNow = time.toFixed(3);
    this.ruler.ariaValueText = formatTime(time, 2);
  }

  placePlayhead() {
    const { view, time } = this.state;
    const playhead = byId("playhead");
    playhead.style.transform = `translateX(${view.xOf(time, this.width ?? 0)}px)`;
    playhead.hidden = time < view.start || time > view.end;
  }

  setHover(hover) {
    const before = this.hover;
    this.hover = hover;
    const line = byId("hover-line");
    line.hidden = hover.time === null;
    if (hover.time !== null) line.style.transform = `translateX(${this.state.view.xOf(hover.time, this.width)}px)`;
    this.rows.forEach((each, index) => {
      const touched = index === hover.row || index === before.row;
      if (each.row.kind === "curve" || (touched && (hover.segment !== before.segment || hover.row !== before.row))) {
        this.painter.ask(each.paint);
      }
    });
  }

  /** The span of a row under a point of its canvas, or -1; spans too thin to hit are found within three pixels. */
  spanUnder(index, x, y) {
    const { row, canvas } = this.rows[index];
    const { view } = this.state;
    const { pad, pitch } = laneBox(row, canvas.clientHeight);
    const lane = Math.min(Math.max(Math.floor((y - pad) / pitch), 0), row.lanes - 1);
    const time = view.timeAt(x, this.width), slack = 3 * view.span / this.width;
    const [first, last] = visibleRange(row, time - slack, time + slack);
    let best = -1, distance = Infinity;
    for (let i = first; i < last; ++i) {
      if (row.laneOf[i] !== lane || !isShown(row, i)) continue;
      const away = Math.max(row.starts[i] - time, time - row.ends[i], 0);
      if (away <= slack && away <= distance) [best, distance] = [i, away];
    }
    return best;
  }
}

function rowHeight(row) {
  if (row.kind === "curve") return 58;
  if (row.lanes === 1) return 34;
  if (row.lanes <= 4 || row.open) return 10 + row.lanes * 19;
  if (row.lanes <= 12) return 10 + row.lanes * 13;
  return Math.min(6 + row.lanes * 6, 150);
}

/** What a row says at the playhead, for the line below its name. */
function describeNow(row, time) {
  if (row.kind === "curve") {
    const value = curveAt(row, time);
    return Number.isFinite(value) ? `${formatNumber(value)} ${oneLine(row.unit)}` : "–";
  }
  if (!row.count) return "none";
  const i = spanAt(row, time);
  if (i < 0) return "–";
  return oneLine(row.labels[row.labelOf[i]]) || `${i + 1} of ${row.count}`;
}
