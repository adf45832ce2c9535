// Puts the page together.

class Theme {
  constructor(state) {
    this.state = state;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.show());
    this.chosen = recall("zoetrope-theme");
    byId("theme-button").onclick = () => this.toggle();
    this.show();
  }

  get isDark() { return this.chosen ? this.chosen === "dark" : this.dark.matches; }

  toggle() {
    this.chosen = this.isDark ? "light" : "dark";
    remember("zoetrope-theme", this.chosen);
    this.show();
  }

  show() {
    document.documentElement.dataset.theme = this.isDark ? "dark" : "light";
    byId("theme-button").title = this.isDark ? "Light (t)" : "Dark (t)";
    this.state.tell("theme");
  }
}

function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; }  // some browsers keep nothing for local files
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* the choice lasts as long as the page */ }
}

function fillHeader(model) {
  const { video } = model;
  byId("title").textContent = model.title;
  const facts = [formatDuration(video.duration)];
  if (video.width) facts.push(`${video.width} × ${video.height}`);
  if (video.fps) facts.push(`${Number(video.fps.toFixed(2))} fps`);
  if (video.num_frames) facts.push(`${video.num_frames.toLocaleString("en")} ${video.num_frames === 1 ? "frame" : "frames"}`);
  if (Math.abs(video.start) >= 0.0005) facts.push(`clock starts at ${formatTime(video.start, 3)}`);
  byId("facts").append(...facts.map((fact) => make("li", { textContent: fact })));
  const { warnings } = model;
  const button = byId("warnings-button"), list = byId("warnings");
  button.hidden = warnings.length === 0;
  button.textContent = warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`;
  list.append(...warnings.map((warning) => make("li", { dir: "auto", textContent: warning })));
  button.onclick = () => {
    list.hidden = !list.hidden;
    button.ariaExpanded = String(!list.hidden);
  };
}

function fillAbout(model) {
  const { video } = model;
  const lines = [["File", video.path], ["SHA-256", video.sha256]];
  for (const { name, source } of model.rows) {
    if (source.name) lines.push([name, source.sha256 ? `${source.name}, ${source.sha256}` : source.name]);
  }
  for (const { name = "attachment", path, media_type } of model.attachments) {
    lines.push([name, [path, media_type].filter(Boolean).join(", ")]);
  }
  const items = lines.filter(([, text]) => text).flatMap(([name, text]) => [
    make("dt", { dir: "auto", textContent: name }), make("dd", { dir: "auto", textContent: text }),
  ]);
  fillDialog("about", "About this file", make("dl", { className: "about" }, ...items));
}

function fillDialog(id, title, content) {
  const dialog = byId(id);
  dialog.tabIndex = -1;
  const close = make("button", { type: "button", className: "icon", title: "Close" }, icon("close"));
  close.onclick = () => dialog.close();
  dialog.append(make("header", {}, make("h2", { id: `${id}-title`, textContent: title }), close), content);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  byId(`${id}-button`).onclick = () => {
    dialog.showModal();
    dialog.focus();
  };
}

function bindTransport(state, player, panel) {
  const { video } = player;
  byId("play-button").onclick = () => player.toggle();
  byId("back-button").onclick = () => player.step(-1);
  byId("forward-button").onclick = () => player.step(1);
  byId("previous-button").onclick = () => panel.step(-1);
  byId("next-button").onclick = () => panel.step(1);
  byId("speed").onchange = () => { video.playbackRate = video.defaultPlaybackRate = Number(byId("speed").value); };
  byId("mute-button").onclick = () => { video.muted = !video.muted; };
  byId("full-button").onclick = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else byId("screen").requestFullscreen?.();
  };
  byId("clock-end").textContent = formatTime(state.model.end, 3);
  const showIcons = () => {
    setIcon("play-button", player.playing ? "pause" : "play");
    byId("play-button").ariaLabel = player.playing ? "Pause" : "Play";
    setIcon("mute-button", video.muted ? "mute" : "sound");
    byId("play-button").disabled = byId("mute-button").disabled = byId("speed").disabled = !player.playable;
  };
  const changes = ["play", "pause", "ended", "volumechange", "loadedmetadata", "error"];
  for (const name of changes) video.addEventListener(name, showIcons);
  showIcons();
}

function bindCaptions(state) {
  const texts = state.model.rows.filter((row) => row.kind === "text");
  const box = byId("captions");
  box.hidden = texts.length === 0;
  const lines = texts.map(() => make("p", { dir: "auto" }));
  box.append(...lines);
  state.on("time", () => texts.forEach((row, k) => {
    const i = spanAt(row, state.time);
    const text = i < 0 ? "" : row.labels[row.labelOf[i]].slice(0, 2000);
    if (lines[k].textContent !== text) lines[k].textContent = text;
  }));
}

/** The edge between picture and timeline can be dragged, or moved by the arrow keys; a double click forgets it. */
function bindSplitter() {
  const splitter = byId("splitter"), timeline = byId("timeline");
  const set = (height) => {
    const most = innerHeight - 280;
    timeline.style.setProperty("--timeline-height", `${Math.round(Math.min(Math.max(height, 140), most))}px`);
    timeline.style.maxHeight = "none";
  };
  splitter.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    splitter.setPointerCapture(event.pointerId);
  });
  splitter.addEventListener("pointermove", (event) => {
    if (splitter.hasPointerCapture(event.pointerId)) set(timeline.getBoundingClientRect().bottom - event.clientY);
  });
  splitter.addEventListener("dblclick", () => {
    timeline.style.removeProperty("--timeline-height");
    timeline.style.maxHeight = "";
  });
  splitter.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 24, ArrowDown: -24 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    set(timeline.offsetHeight + by);
  });
}

/** The address names the moment: #t=12.5 opens the page there, and the address follows the playhead when it rests. */
function bindAddress(state, player) {
  const go = () => {
    const time = Number.parseFloat(/[#&]t=(-?[\d.]+)/.exec(location.hash)?.[1]);
    if (Number.isFinite(time)) player.seek(Math.min(Math.max(time, state.model.start), state.model.end));
  };
  let timer = 0;
  state.on("time", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!player.playing) history.replaceState(null, "", `#t=${Number(state.time.toFixed(3))}`);
    }, 500);
  });
  addEventListener("hashchange", go);
  go();
}

function main() {
  const model = loadModel();
  const state = new State(model);
  const favourite = model.rows.findIndex((row) => row.kind === "track" && row.name === "representative");
  state.row = favourite >= 0 ? favourite : Math.max(model.rows.findIndex((row) => row.kind !== "curve"), 0);
  const theme = new Theme(state);
  fillHeader(model);
  fillAbout(model);
  fillHelp();
  const player = new Player(state);
  const pane = new TimelinePane(state, player);
  const panel = new Panel(state, player);
  bindTransport(state, player, panel);
  bindCaptions(state);
  bindSplitter();
  bindKeys(state, player, panel, pane, theme);
  state.tell("time");
  bindAddress(state, player);
  // A button that was pressed by pointer gives the focus back, so that keys go to the page again.
  document.addEventListener("click", (event) => { if (event.detail > 0) event.target.closest("button")?.blur(); });
  document.body.classList.add("ready");
}

main();
