// The keyboard, and the sheet that explains it.

const kKeys = [
  ["Play", [["Space", "k"], "Play, pause"], [["←", "→"], "One second"], [["j", "l"], "Ten seconds"],
   [[",", "."], "One frame"], [["Shift ←", "Shift →"], "One frame"], [["Home", "End"], "Beginning, end"], [["m"], "Sound"],
   [["f"], "Full screen"]],
  ["Tracks", [["↑", "↓"], "Track above, below"], [["[", "]"], "Segment before, after"], [["+", "−"], "Zoom in, out"],
   [["0"], "Whole video"], [["t"], "Light, dark"], [["?"], "This sheet"]],
  ["Pointer", [["Click"], "Start of a segment"], [["Again"], "The point itself"], [["Drag"], "Scrub"],
   [["Ctrl wheel"], "Zoom"], [["Pinch"], "Zoom"], [["Shift wheel"], "Move in time"]],
];

function bindKeys(state, player, panel, pane, theme) {
  const seekBy = (seconds) => player.seek(Math.min(Math.max(state.time + seconds, state.model.start), state.model.end));
  const zoomIn = () => pane.zoomAtPlayhead(2);
  const actions = {
    " ": () => player.toggle(), k: () => player.toggle(), m: () => byId("mute-button").click(),
    f: () => byId("full-button").click(), t: () => theme.toggle(), "?": () => byId("help-button").click(),
    ArrowLeft: () => seekBy(-1), ArrowRight: () => seekBy(1), j: () => seekBy(-10), l: () => seekBy(10),
    "Shift+ArrowLeft": () => player.step(-1), "Shift+ArrowRight": () => player.step(1),
    ",": () => player.step(-1), ".": () => player.step(1),
    ArrowUp: () => selectBeside(state, -1), ArrowDown: () => selectBeside(state, 1),
    "[": () => panel.step(-1), "]": () => panel.step(1),
    Home: () => player.seek(state.model.start), End: () => player.seek(state.model.end),
    "+": zoomIn, "=": zoomIn, "-": () => pane.zoomAtPlayhead(0.5), 0: () => pane.fit(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.target.closest("button") && (event.key === " " || event.key === "Enter")) return;
    const shifted = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
    const action = Object.hasOwn(actions, shifted) ? actions[shifted] : actions[shifted.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** The next track or text above or below; curves have no segments to go through. */
function selectBeside(state, by) {
  const { rows } = state.model;
  for (let index = state.row + by; index >= 0 && index < rows.length; index += by) {
    if (rows[index].kind !== "curve") return state.select(index);
  }
}

function fillHelp() {
  const groups = kKeys.map(([title, ...lines]) => {
    const items = lines.flatMap(([keys, meaning]) => [
      make("dt", {}, ...keys.map((key) => make("kbd", { textContent: key }))),
      make("dd", { textContent: meaning }),
    ]);
    return make("section", {}, make("h3", { textContent: title }), make("dl", {}, ...items));
  });
  fillDialog("help", "Keys", make("div", { className: "keys" }, ...groups));
}
