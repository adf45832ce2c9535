// The selected track as a list that follows the playhead, or as cards where a few segments have pictures; and the
// legend above it, which picks labels. Only the rows of the list that are in view exist in the document.

const kMostCards = 12;
const kMostChips = 10;

class Panel {
  constructor(state, player) {
    Object.assign(this, { state, player, body: byId("panel-body"), items: new Map(), active: -1, restless: false });
    this.select = byId("track-select");
    this.choices = state.model.rows.flatMap((row, index) => row.kind === "curve" ? [] : [index]);
    const { rows } = state.model;
    this.select.append(...this.choices.map((index) => make("option", { value: index, textContent: rows[index].name })));
    this.select.onchange = () => state.select(Number(this.select.value));
    byId("panel").hidden = this.choices.length === 0;
    document.body.classList.toggle("no-panel", this.choices.length === 0);
    this.body.addEventListener("scroll", () => this.render(), { passive: true });
    this.body.addEventListener("pointerenter", (event) => { this.restless = event.pointerType === "mouse"; });
    this.body.addEventListener("pointerleave", () => { this.restless = false; });
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    byId("legend-search").oninput = () => this.search();
    new ResizeObserver(() => this.render()).observe(this.body);
    state.on("selection", () => this.onSelection());
    state.on("filter", () => this.refill());
    state.on("time", () => this.onTime());
    if (this.choices.length) this.open();
  }

  get row() { return this.state.selectedRow; }

  onSelection() {
    if (this.opened !== this.state.row) return this.open();
    this.mark();
    this.reveal(this.state.segment);
  }

  open() {
    const { row } = this;
    this.opened = this.state.row;
    this.select.value = String(this.state.row);
    byId("panel-description").textContent = row.description;
    byId("panel-description").hidden = !row.description;
    this.pictures = row.thumbnailOf.size * 2 > row.count;
    this.cards = this.pictures && row.count <= kMostCards;
    this.itemHeight = this.pictures ? 56 : 46;
    byId("legend-search").value = "";
    this.expanded = false;
    this.buildLegend();
    this.refill();
    this.body.scrollTop = 0;
    this.onTime();
  }

  refill() {
    const { row } = this;
    this.shown = [];
    for (let i = 0; i < row.count; ++i) if (isShown(row, i)) this.shown.push(i);
    const all = row.count.toLocaleString("en"), some = this.shown.length.toLocaleString("en");
    byId("panel-count").textContent = some === all ? all : `${some} of ${all}`;
    this.items.clear();
    const options = { className: this.cards ? "cards" : "list", role: "listbox", tabIndex: 0 };
    this.box = make("div", options);
    this.box.ariaLabel = `${row.kind === "text" ? "Captions" : "Segments"} of ${row.name}`;
    if (!this.cards) this.box.style.height = `${this.shown.length * this.itemHeight}px`;
    const empty = make("p", { className: "empty", textContent: "Nothing here." });
    this.body.replaceChildren(this.shown.length ? this.box : empty);
    this.render();
  }

  render() {
    if (!this.shown) return;
    let first = 0, last = this.shown.length;
    if (!this.cards) {
      first = Math.max(Math.floor(this.body.scrollTop / this.itemHeight) - 4, 0);
      last = Math.min(Math.ceil((this.body.scrollTop + this.body.clientHeight) / this.itemHeight) + 4, last);
    }
    for (const [place, item] of this.items) {
      if (place >= first && place < last) continue;
      item.remove();
      this.items.delete(place);
    }
    for (let place = first; place < last; ++place) {
      if (this.items.has(place)) continue;
      const item = this.buildItem(place);
      this.items.set(place, item);
      this.box.append(item);
    }
    this.mark();
  }

  buildItem(place) {
    const { row } = this;
    const i = this.shown[place];
    const label = oneLine(row.labels[row.labelOf[i]]) || `${i + 1}`;
    const thumbnail = row.thumbnailOf.get(i);
    const item = make("div", { className: this.cards ? "card" : "item", role: "option", id: `segment-${i}` });
    item.dataset.place = place;
    item.ariaPosInSet = place + 1;
    item.ariaSetSize = this.shown.length;
    if (this.pictures) item.append(this.buildPicture(thumbnail));
    const swatch = make("i", { className: "swatch", hidden: row.style !== "labels" });
    swatch.style.background = row.colours[row.labelOf[i]];
    const score = Number.isNaN(row.scores[i]) ? "" : formatNumber(row.scores[i]);
    const title = make("div", { className: "item-title" }, swatch, make("b", { dir: "auto", textContent: label }),
                       make("span", { className: "item-score", textContent: score }));
    const span = `${formatTime(row.starts[i])} – ${formatTime(row.ends[i])}`;
    const when = make("div", { className: "item-when" }, make("span", { textContent: span }),
                      make("span", { textContent: formatDuration(row.ends[i] - row.starts[i]) }));
    item.append(make("div", { className: "item-text" }, title, when));
    item.title = row.labels[row.labelOf[i]].slice(0, 300);
    if (!this.cards) item.style.transform = `translateY(${place * this.itemHeight}px)`;
    return item;
  }

  buildPicture(thumbnail) {
    const image = make("img", { alt: "", decoding: "async", draggable: false });
    if (thumbnail) image.src = thumbnail.url;
    const frame = make("div", { className: "item-picture" }, image);
    if (thumbnail) frame.style.setProperty("--ratio", thumbnail.width / thumbnail.height);
    return frame;
  }

  onTime() {
    if (!this.shown) return;
    const now = spanAt(this.row, this.state.time);
    const near = now >= 0 ? now : this.shown[this.lastBegunBefore(this.state.time)] ?? -1;
    if (now === this.now && near === this.near) return;
    Object.assign(this, { now, near });
    this.mark();
    if (!this.restless && !this.body.contains(document.activeElement)) this.reveal(near);
  }

  mark() {
    const chosen = this.state.segment >= 0 ? this.state.segment : this.now;
    for (const [place, item] of this.items) {
      const i = this.shown[place];
      item.classList.toggle("now", i === this.now);
      item.ariaSelected = String(i === chosen);
    }
    if (this.box) this.box.setAttribute("aria-activedescendant", chosen >= 0 ? `segment-${chosen}` : "");
  }

  /** Brings a segment into view by the least scrolling of the list alone, never of the page. */
  reveal(segment) {
    const place = upperBound(this.shown, segment) - 1;
    if (segment < 0 || this.shown[place] !== segment) return;
    let top = place * this.itemHeight, height = this.itemHeight;
    if (this.cards) [top, height] = [this.items.get(place).offsetTop, this.items.get(place).offsetHeight];
    const { scrollTop, clientHeight } = this.body;
    if (top >= scrollTop + 4 && top + height <= scrollTop + clientHeight) return;
    const near = Math.abs(top - scrollTop) < 3 * clientHeight && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.body.scrollTo({ top: top - (clientHeight - height) / 3, behavior: near ? "smooth" : "instant" });
  }

  go(segment) {
    this.state.select(this.state.row, segment);
    this.player.seek(this.row.starts[segment]);
  }

  onClick(event) {
    const item = event.target.closest("[data-place]");
    if (item) this.go(this.shown[Number(item.dataset.place)]);
  }

  onKey(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(by);
  }

  /** To the segment that many places on; without a chosen one, from the playhead. */
  step(by) {
    if (!this.shown?.length) return;
    const { time, segment } = this.state;
    let place = upperBound(this.shown, segment) - 1;
    if (segment < 0 || this.shown[place] !== segment || Math.abs(this.row.starts[segment] - time) > 0.25) {
      place = this.lastBegunBefore(time);
      if (by < 0 && place >= 0 && time - this.row.starts[this.shown[place]] > 0.25) place += 1;
    }
    this.go(this.shown[Math.min(Math.max(place + by, 0), this.shown.length - 1)]);
    this.reveal(this.state.segment);
  }

  lastBegunBefore(time) {
    let low = 0, high = this.shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.row.starts[this.shown[middle]] > time + 1e-3) high = middle; else low = middle + 1;
    }
    return low - 1;
  }

  buildLegend() {
    const { row } = this;
    const useful = row.style === "labels" && row.labels.length > 1 && row.labels.length < row.count;
    byId("legend").hidden = !useful;
    if (!useful) return;
    byId("legend-search").hidden = row.labels.length <= kMostChips;
    const words = byId("legend-search").value.trim().toLowerCase();
    const order = row.labels.map((_, label) => label).filter((label) => row.labels[label].toLowerCase().includes(words));
    order.sort((a, b) => row.labelSeconds[b] - row.labelSeconds[a]);
    const some = this.expanded ? order.slice(0, 400) : order.slice(0, kMostChips);
    const chips = some.map((label) => this.buildChip(label));
    if (order.length > some.length && !this.expanded) chips.push(this.buildMore(`${order.length - some.length} more`, true));
    else if (this.expanded && order.length > kMostChips) chips.push(this.buildMore("fewer", false));
    byId("legend-chips").replaceChildren(...chips);
  }

  buildChip(label) {
    const { row } = this;
    const swatch = make("i", { className: "swatch" });
    swatch.style.background = row.colours[label];
    const text = make("span", { dir: "auto", textContent: oneLine(row.labels[label]) });
    const count = make("small", { textContent: row.labelCounts[label] });
    const chip = make("button", { type: "button", className: "chip", title: row.labels[label].slice(0, 300) }, swatch, text, count);
    chip.ariaPressed = String(Boolean(row.shownLabels?.has(label)));
    chip.onclick = () => this.toggleLabel(label);
    return chip;
  }

  buildMore(text, expand) {
    const more = make("button", { type: "button", className: "chip more", textContent: text });
    more.onclick = () => {
      this.expanded = expand;
      this.buildLegend();
    };
    return more;
  }

  toggleLabel(label) {
    const { row } = this;
    const picked = new Set(row.shownLabels ?? []);
    if (!picked.delete(label)) picked.add(label);
    row.shownLabels = picked.size ? picked : null;
    this.buildLegend();
    this.state.tell("filter");
  }

  /** Typing narrows the legend; what is found is also what the rows show, until the field is empty again. */
  search() {
    const { row } = this;
    const words = byId("legend-search").value.trim().toLowerCase();
    const found = row.labels.flatMap((label, i) => label.toLowerCase().includes(words) ? [i] : []);
    row.shownLabels = words ? new Set(found) : null;
    this.buildLegend();
    this.state.tell("filter");
  }
}
