// The ruler, the film strip below it, and the overview of the whole video.

const kSteps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

function drawRuler(canvas, view, theme) {
  const { context, width, height } = prepare(canvas);
  const room = 84;
  const step = kSteps.find((candidate) => candidate / view.span * width >= room) ?? 36000;
  const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const parts = [15, 30, 900, 1800].includes(step) ? 3 : [2, 0.02, 0.2, 120, 600, 7200, 14400].includes(step) ? 4 : 5;
  context.font = `11px ${theme.font}`;
  context.textBaseline = "top";
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  const from = Math.floor(view.start / step) * parts, to = Math.ceil(view.end / step) * parts;
  for (let k = from; k <= to; ++k) {
    const x = Math.round(view.xOf(k * step / parts, width)) + 0.5;
    context.moveTo(x, height);
    context.lineTo(x, height - (k % parts ? 4 : 9));
  }
  context.stroke();
  context.fillStyle = theme.muted;
  for (let k = from / parts; k <= to / parts; ++k) {
    const text = formatTime(k * step, decimals);
    const x = view.xOf(k * step, width), half = context.measureText(text).width / 2;
    if (x < -1 || x > width + 1) continue;
    context.fillText(text, Math.min(Math.max(x - half, 1), width - 2 * half - 1), 3);
  }
}

/** Pictures side by side, each of the middle of its place. Returns the times that it would rather show. */
function drawStrip(canvas, view, film) {
  const { context, width, height } = prepare(canvas);
  const slot = Math.max(height * film.ratio, 8);
  const seconds = slot / width * view.span;
  const origin = Math.floor((view.start - view.first) / seconds);  // places move with the time that they show
  const times = [];
  for (let k = origin; view.xOf(view.first + k * seconds, width) < width; ++k) {
    const time = Math.min(view.first + (k + 0.5) * seconds, view.last);
    times.push(time);
    const picture = film.nearest(time);
    if (picture) drawCover(context, picture, view.xOf(view.first + k * seconds, width), slot - 1, height);
  }
  return times;
}

/** A picture that fills its place, cut where the shapes differ. */
function drawCover(context, { image, width, height }, x, toWidth, toHeight) {
  const scale = Math.max(toWidth / width, toHeight / height);
  const w = toWidth / scale, h = toHeight / scale;
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h, x, 0, toWidth, toHeight);
}

/** The whole video in one thin line: where spans of the selected row begin, and which part of it is in view. */
function drawOverview(canvas, row, view, theme) {
  const { context, width, height } = prepare(canvas);
  const xOf = (time) => (time - view.first) / (view.last - view.first) * width;
  context.fillStyle = theme.well;
  context.beginPath();
  context.roundRect(0, 0, width, height, 4);
  context.fill();
  context.save();
  context.clip();
  context.fillStyle = theme.faint;
  let filled = -1;
  for (let i = 0; row && row.ends && i < row.count; ++i) {
    const x = Math.floor(xOf(row.starts[i]));
    if (x <= filled || !isShown(row, i)) continue;
    context.fillRect(x, 5, 1, height - 10);
    filled = x;
  }
  context.restore();
  const left = xOf(view.start), right = xOf(view.end);
  context.fillStyle = theme.ink;
  context.globalAlpha = view.zoomed ? 0.14 : 0.05;
  context.beginPath();
  context.roundRect(left, 0, Math.max(right - left, 4), height, 4);
  context.fill();
  if (!view.zoomed) return void (context.globalAlpha = 1);
  context.globalAlpha = 0.75;
  for (const x of [left, Math.max(right - 3, left + 3)]) {
    context.beginPath();
    context.roundRect(x, height / 2 - 5, 3, 10, 1.5);
    context.fill();
  }
  context.globalAlpha = 1;
}
