// What is drawn on canvases: rows of spans, curves, the ruler, the film strip and the overview. Every function draws
// the whole of its canvas from the state it is given, and touches only what is in view.

const kMostLanes = 240;
const kTinyWidth = 1.5;

/** Sizes a canvas to its box in device pixels and returns its context, scaled to CSS pixels and cleared. */
function prepare(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The lanes of a row share its height; a thin lane keeps no room for text. */
function laneBox(row, height) {
  const pad = row.lanes > 12 ? 3 : 5;
  const pitch = (height - 2 * pad + (row.lanes > 1 ? 1 : 0)) / row.lanes;
  return { pad, pitch, size: Math.max(pitch - (row.lanes > 1 && pitch > 4 ? 1 : 0), 0.75) };
}

function drawSpans(canvas, row, view, theme, selected, hovered) {
  const { context, width, height } = prepare(canvas);
  const { pad, pitch, size } = laneBox(row, height);
  const [first, last] = visibleRange(row, view.start, view.end);
  const drawnTo = new Float64Array(row.lanes).fill(-1);  // the pixel that a lane is filled to: crowds are drawn once
  const radius = Math.min(3, size / 3);
  const pixel = 1 / (window.devicePixelRatio || 1);
  context.font = `${size >= 15 ? 12 : 10.5}px ${theme.font}`;
  context.textBaseline = "middle";
  for (let i = first; i < last; ++i) {
    if (row.ends[i] <= view.start) continue;
    const x0 = view.xOf(row.starts[i], width), x1 = view.xOf(row.ends[i], width);
    const lane = row.laneOf[i];
    if (x1 - x0 < kTinyWidth && x1 <= drawnTo[lane]) continue;
    const left = Math.max(x0, -8), right = Math.min(x1, width + 8);
    const w = Math.max(right - left - (x1 - x0 > 4 ? 1 : 0), x0 > drawnTo[lane] + 2 ? kTinyWidth : pixel);
    const box = { x: left, y: pad + lane * pitch, w, h: size };
    drawnTo[lane] = Math.ceil(x1 / pixel) * pixel;
    drawSpan(context, row, i, box, theme, radius);
    if (i === selected || i === hovered) outline(context, box, radius, i === selected ? theme.ink : theme.muted);
    if (size >= 11 && box.w > 26 && isShown(row, i)) drawLabel(context, row, i, box, theme);
  }
  context.globalAlpha = 1;
}

function drawSpan(context, row, i, box, theme, radius) {
  context.globalAlpha = isShown(row, i) ? row.style === "labels" ? theme.hueAlpha : 1 : 0.12;
  context.fillStyle = fillOf(row, i, theme);
  if (box.w < 6) {
    context.fillRect(box.x, box.y, box.w, box.h);
    return;
  }
  context.beginPath();
  context.roundRect(box.x, box.y, box.w, box.h, radius);
  context.fill();
}

function fillOf(row, i, theme) {
  if (row.style === "ticks") return i % 2 ? theme.tickOdd : theme.tickEven;
  if (row.style === "text") return theme.textFill;
  if (row.style === "plain") return theme.plain;
  return row.colours[row.labelOf[i]];
}

function outline(context, box, radius, colour) {
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(box.x + 0.25, box.y + 0.25, Math.max(box.w - 0.5, 1.5), box.h - 0.5, radius);
  context.stroke();
}

function drawLabel(context, row, i, box, theme) {
  const left = Math.max(box.x, 0) + 6;  // a label stays in sight while its span does
  const room = box.x + box.w - left - 5;
  const text = shorten(context, row, row.labelOf[i], room);
  if (!text) return;
  context.globalAlpha = 1;
  context.fillStyle = { ticks: theme.muted, text: theme.ink }[row.style] ?? theme.hueInk;
  context.fillText(text, left, box.y + box.h / 2 + 0.5);
  const used = context.measureText(text).width;
  if (Number.isNaN(row.scores[i]) || room - used < 44) return;
  context.globalAlpha = 0.7;
  context.fillText(formatNumber(row.scores[i]), left + used + 8, box.y + box.h / 2 + 0.5);
  context.globalAlpha = 1;
}

/** The label, or as much of it as there is room for, or "". */
function shorten(context, row, label, room) {
  row.labelWidths ??= new Map();
  const key = `${label} ${context.font}`;
  if (!row.labelWidths.has(key)) row.labelWidths.set(key, context.measureText(oneLine(row.labels[label])).width);
  const width = row.labelWidths.get(key);
  const text = oneLine(row.labels[label]);
  if (width <= room) return text;
  if (row.counting) return context.measureText(text.match(/\d*$/)[0]).width <= room ? text.match(/\d*$/)[0] : "";
  const letters = [...text];
  const keep = Math.floor(letters.length * (room - 9) / width);
  return keep >= 2 ? `${letters.slice(0, keep).join("").trimEnd()}…` : "";
}

/** Labels are strangers' text: one line, bounded, and without marks that turn the direction of what follows. */
function oneLine(text) {
  const breaks = /[\u0000-\u001f\u007f\u2028\u2029]+/g, turns = /[\u202a-\u202e\u2066-\u2069]/g;
  return text.slice(0, 300).replace(breaks, " ").replace(turns, "");
}

function drawCurve(canvas, row, view, theme, hoverTime) {
  const { context, width, height } = prepare(canvas);
  const top = 8, bottom = height - 5;
  const yOf = (value) => bottom - (value - row.low) / (row.high - row.low) * (bottom - top);
  const zero = yOf(Math.max(row.low, 0));
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, Math.round(zero) + 0.5);
  context.lineTo(width, Math.round(zero) + 0.5);
  context.stroke();
  for (const points of curvePieces(row, view, width)) paintPiece(context, points, yOf, zero, theme);
  context.fillStyle = theme.muted;
  context.font = `10.5px ${theme.font}`;
  context.textBaseline = "top";
  context.textAlign = "right";
  const unit = row.unit.length <= 12 ? oneLine(row.unit) : "";
  context.fillText(`${formatNumber(row.high)} ${unit}`.trim(), width - 6, 4);
  context.textAlign = "left";
  if (hoverTime === null) return;
  const value = curveAt(row, hoverTime);
  if (Number.isFinite(value)) dot(context, view.xOf(hoverTime, width), yOf(value), theme);
}

/** The curve's points in view as [x, low, high], one a pixel at most, cut where values are missing. */
function curvePieces(row, view, width) {
  const first = Math.max(upperBound(row.starts, view.start) - 1, 0);
  const last = Math.min(upperBound(row.starts, view.end) + 1, row.count);
  const pieces = [];
  let piece = null;
  for (let i = first; i < last; ++i) {
    const value = row.values[i];
    if (!Number.isFinite(value)) {
      piece = null;
      continue;
    }
    if (!piece) pieces.push(piece = []);
    const x = view.xOf(row.starts[i], width);
    const end = piece[piece.length - 1];
    if (end && x - end[0] < 0.75 && last - first > width) {
      end[1] = Math.min(end[1], value);
      end[2] = Math.max(end[2], value);
    } else {
      piece.push([x, value, value]);
    }
  }
  return pieces;
}

function paintPiece(context, points, yOf, zero, theme) {
  const line = new Path2D();
  for (const [x, low, high] of points) {
    line.lineTo(x, yOf(high));
    if (low !== high) line.lineTo(x, yOf(low));
  }
  const area = new Path2D(line);
  area.lineTo(points[points.length - 1][0], zero);
  area.lineTo(points[0][0], zero);
  context.fillStyle = theme.curve;
  context.globalAlpha = 0.16;
  context.fill(area);
  context.globalAlpha = 1;
  context.strokeStyle = theme.curve;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.stroke(line);
  if (points.length === 1) dot(context, points[0][0], yOf(points[0][1]), theme);
}

function dot(context, x, y, theme) {
  context.fillStyle = theme.curve;
  context.strokeStyle = theme.surface;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, 3.5, 0, 7);
  context.fill();
  context.stroke();
}
