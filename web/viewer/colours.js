// Colours that tell labels apart in light and dark and for colour-blind eyes, after Paul Tol's "light" scheme (Colour
// Schemes, SRON/EPS/TN/09-002, 2021), which is made for dark text on top; here calmed. A second set, deeper, serves
// tracks of more labels than the first has colours.

const kHues = [
  ["#93bae3", "#f0b49b", "#85ccb1", "#ecdb9d", "#cdb5e1", "#a9dcec", "#c9d078", "#f3bdc9", "#c2bcab"],
  ["#6f9bd1", "#dd8d72", "#55ad92", "#d2ba63", "#a98bc9", "#6dbcd6", "#a2aa45", "#dc90a5", "#988f78"],
];

/**
 * One colour a label, the same in every video as far as may be: a label has a favourite by its name, and takes the next
 * free one where another label of the track sits there already.
 */
function assignColours(labels) {
  const size = kHues[0].length;
  const taken = new Set();
  return labels.map((label, i) => {
    const set = Math.floor(i / size) % kHues.length;
    if (i % size === 0) taken.clear();
    let slot = hashOf(label) % size;
    while (taken.has(slot)) slot = (slot + 1) % size;
    taken.add(slot);
    return kHues[set][slot];
  });
}

/** FNV-1a over UTF-16 units. */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** The page's own colours, read from the style sheet so that canvases follow the theme. */
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"), muted: colour("muted"), faint: colour("faint"), line: colour("line"), accent: colour("accent"),
    tickEven: colour("tick-even"), tickOdd: colour("tick-odd"), curve: colour("curve"), well: colour("well"),
    surface: colour("surface"), textFill: colour("text-fill"), plain: colour("plain"),
    hueAlpha: Number(colour("hue-alpha")), hueInk: colour("hue-ink"), font: style.getPropertyValue("--font").trim(),
  };
}
