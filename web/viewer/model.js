// What the page knows: the timeline as the library wrote it, turned into rows that are quick to draw.

const kTinySpan = 1e-3;

/** The data of this page; `rows` are tracks, captions and curves in the order in which they are shown. */
function loadModel() {
  const { timeline, page } = JSON.parse(document.getElementById("data").textContent);
  const { tracks = [], texts = [], curves = [], attachments = [], warnings = [] } = timeline;
  const rows = [
    ...tracks.map((track) => spanRow("track", track, track.segments)),
    ...texts.map((text) => spanRow("text", text, text.captions)),
    ...curves.map(curveRow),
  ];
  const video = { path: "", sha256: "", num_frames: 0, fps: 0, width: 0, height: 0, ...timeline.video };
  const [start, end] = rangeOf(video, rows);
  const thumbnails = attachThumbnails(page.thumbnails, rows);
  return {
    title: page.title, page, video, rows, start, end, thumbnails, warnings, attachments,
    frames: new FrameClock(video, page.frame_steps),
  };
}

function rangeOf(video, rows) {
  if (video.duration > 0) return [video.start, video.start + video.duration];
  let start = Infinity, end = -Infinity;
  for (const row of rows) {
    if (!row.count) continue;
    start = Math.min(start, row.starts[0]);
    end = Math.max(end, row.reach[row.count - 1]);
  }
  if (!(end > start)) return [video.start, video.start + 1];
  return [Math.min(video.start, start), end];
}

/** Segments or captions as columns. `reach[i]` is the latest end among 0..i: it bounds the search for what is visible. */
function spanRow(kind, source, spans) {
  const count = spans.length;
  const row = {
    kind, count, name: source.name, description: source.description ?? "", source: source.source ?? {},
    starts: new Float64Array(count), ends: new Float64Array(count), reach: new Float64Array(count),
    scores: new Float64Array(count).fill(NaN), labelOf: new Int32Array(count), labels: [], labelCounts: [],
    labelSeconds: [], thumbnailOf: new Map(), shownLabels: null,
  };
  const indexOf = new Map();
  spans.forEach((span, i) => {
    const text = kind === "text" ? span.text : span.label;
    if (!indexOf.has(text)) indexOf.set(text, row.labels.push(text) - 1);
    const label = indexOf.get(text);
    row.starts[i] = span.start;
    row.ends[i] = span.end;
    row.reach[i] = i ? Math.max(row.reach[i - 1], span.end) : span.end;
    row.scores[i] = span.score ?? NaN;
    row.labelOf[i] = label;
    row.labelCounts[label] = (row.labelCounts[label] ?? 0) + 1;
    row.labelSeconds[label] = (row.labelSeconds[label] ?? 0) + span.end - span.start;
  });
  row.counting = count > 1 && isCounting(row);
  row.style = styleOf(row);
  layOutLanes(row);
  return row;
}

/**
 * How spans are painted: "labels" give each label a colour. Where labels only count ("shot 1", "shot 2"), colours would
 * say nothing: many that touch take two calm tones turn by turn ("ticks"), those with gaps one ("plain").
 */
function styleOf(row) {
  if (row.kind === "text") return "text";
  if (row.name === "shots") return "ticks";
  const gapless = isGapless(row);
  if (row.counting && !gapless) return "plain";
  const single = row.labels.length === 1;
  return gapless && (single || (row.counting && row.count > 12)) ? "ticks" : "labels";
}

/** Whether every label is its own, and all are the same but for a number at the end. */
function isCounting(row) {
  const stem = (label) => label.replace(/\d+$/, "");
  return row.labels.length === row.count && row.labels.every((label) => stem(label) === stem(row.labels[0]));
}

function isGapless(row) {
  for (let i = 1; i < row.count; ++i) {
    if (Math.abs(row.starts[i] - row.ends[i - 1]) > 1e-3) return false;
  }
  return true;
}

/** Overlapping spans go to lanes of their own; a label stays on its lane while that is free. */
function layOutLanes(row) {
  row.laneOf = new Int32Array(row.count);
  const freeAt = [];
  const lastLane = new Int32Array(row.labels.length).fill(-1);
  for (let i = 0; i < row.count; ++i) {
    const fits = (lane) => freeAt[lane] <= row.starts[i] + kTinySpan;
    let lane = lastLane[row.labelOf[i]];
    if (lane < 0 || !fits(lane)) lane = freeAt.findIndex((_, k) => fits(k));
    if (lane < 0) lane = Math.min(freeAt.length, kMostLanes - 1);
    freeAt[lane] = row.ends[i];
    row.laneOf[i] = lastLane[row.labelOf[i]] = lane;
  }
  row.lanes = Math.max(1, freeAt.length);
}

function curveRow(curve) {
  const values = Float64Array.from(curve.values, (value) => value ?? NaN);
  let low = 0, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (curve.unit === "%") high = Math.max(high, 100);
  const starts = Float64Array.from(curve.times);
  return {
    kind: "curve", style: "curve", name: curve.name, description: curve.description ?? "", source: curve.source ?? {},
    unit: curve.unit ?? "", starts, reach: starts, values, count: starts.length, low, high: high > low ? high : low + 1,
  };
}

/** Thumbnails in the order of time; those of a segment are also found by its row. */
function attachThumbnails(thumbnails, rows) {
  const rowOf = new Map(rows.filter((row) => row.kind === "track").map((row) => [row.name, row]));
  const all = thumbnails.map((thumbnail) => ({
    time: thumbnail.time, width: thumbnail.width, height: thumbnail.height,
    url: `data:image/jpeg;base64,${thumbnail.jpeg}`,
    track: thumbnail.track, segment: thumbnail.segment,
  }));
  for (const thumbnail of all) rowOf.get(thumbnail.track)?.thumbnailOf.set(thumbnail.segment, thumbnail);
  return all.sort((a, b) => a.time - b.time);
}

/** The first index whose value is greater than `x`, in an ascending array. */
function upperBound(values, x, count = values.length) {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > x) high = middle; else low = middle + 1;
  }
  return low;
}

/** Half-open index range of the spans of a row that may touch [start, end); those between need `ends[i] > start`. */
function visibleRange(row, start, end) {
  return [upperBound(row.reach, start, row.count), upperBound(row.starts, end, row.count)];
}

/** The span on screen at a time: of those that hold it the one of highest score, of equals the latest to begin, or -1. */
function spanAt(row, time) {
  const [first, last] = visibleRange(row, time, time);
  let best = -1;
  for (let i = last - 1; i >= first; --i) {
    if (row.ends[i] <= time || !isShown(row, i)) continue;
    if (best < 0 || row.scores[i] > row.scores[best]) best = i;
  }
  return best;
}

/** The value of a curve at a time: that of the nearest sample, or NaN. */
function curveAt(row, time) {
  if (!row.count) return NaN;
  const after = upperBound(row.starts, time);
  if (after === 0) return row.values[0];
  if (after === row.count) return row.values[after - 1];
  return row.values[time - row.starts[after - 1] <= row.starts[after] - time ? after - 1 : after];
}

function isShown(row, i) { return !row.shownLabels || row.shownLabels.has(row.labelOf[i]); }

function nearestThumbnail(thumbnails, time) {
  let low = 0, high = thumbnails.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thumbnails[middle].time > time) high = middle; else low = middle + 1;
  }
  const before = thumbnails[low - 1], after = thumbnails[low];
  if (!before || !after) return before ?? after ?? null;
  return time - before.time <= after.time - time ? before : after;
}
