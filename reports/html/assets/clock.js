// The clock picture: wall clock to the right, counted time upwards, limit and due in plum, late in red.
// Drawn at the width it gets, so that its labels keep their size; on a phone they stand inside.
const LEFT = 46, TOP = 30, HIGH = 150;
let W = 860, RIGHT = 96, FOLD = 100, narrow = false;

function hatches() {
  const defs = svg("defs");
  for (const [id, ink] of [["h-idle", "var(--ink2)"], ["h-late", "var(--breached-fill)"]]) {
    const pattern = svg("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    pattern.append(svg("path", { d: "M0 0V6", stroke: ink, "stroke-width": id === "h-late" ? 2 : 0.7 }));
    defs.append(pattern);
  }
  return defs;
}

function legend() {
  const box = el("p", { class: "legend" });
  for (const [key, fill] of [["is_counted", "var(--fact-pale)"], ["not_counted", "url(#h-idle)"], ["is_late", "url(#h-late)"], ["limit_and_due", "var(--duty)"]]) {
    const mark = svg("svg", { viewBox: "0 0 13 10", "aria-hidden": "true" });
    mark.append(hatches(), svg("rect", { x: 0.5, y: 0.5, width: 12, height: 9, fill, stroke: "var(--line)" }));
    box.append(el("span", {}, mark, words("finding." + key)));
  }
  return box;
}

// Widths of the stretches: to scale, but long ones are folded to a fixed width.
function scale(parts) {
  const folded = parts.filter((part) => part[4]).length;
  const seconds = parts.reduce((sum, part) => sum + (part[4] ? 0 : part[1] - part[0]), 0) || 1;
  const wide = W - LEFT - RIGHT;
  const fold = folded === parts.length ? wide / folded : FOLD;
  const unit = (wide - folded * fold) / seconds;
  const stops = [[parts[0][0], LEFT]];
  for (const part of parts) stops.push([part[1], stops[stops.length - 1][1] + (part[4] ? fold : (part[1] - part[0]) * unit)]);
  return (t) => {
    const i = Math.max(1, stops.findIndex(([s]) => s >= t));
    const [[s0, x0], [s1, x1]] = [stops[i - 1], stops[i]];
    return s1 === s0 ? x1 : x0 + ((t - s0) / (s1 - s0)) * (x1 - x0);
  };
}

function clockPicture(pic, width) {
  narrow = width < 560;
  W = Math.max(260, Math.min(900, width));
  [RIGHT, FOLD] = narrow ? [14, 54] : [96, 100];
  const x = scale(pic.parts);
  const counted = pic.parts.reduce((sum, part) => sum + (part[2] ? part[1] - part[0] : 0), 0);
  const top = Math.max(counted, pic.limit) * 1.06 || 1;
  const y = (s) => TOP + HIGH - (s / top) * HIGH;
  const root = svg("svg", { class: "clock", viewBox: `0 0 ${W} ${TOP + HIGH + 52}`, role: "img", "aria-label": pic.alt });
  root.append(hatches());
  drawStretches(root, pic, x);
  drawAxis(root, pic, x, y, top);
  drawDuties(root, pic, x, y);
  drawCount(root, pic, x, y);
  return root;
}

function drawStretches(root, pic, x) {
  for (const [from, to, counts, late, folded, length] of pic.parts) {
    const [a, b] = [x(from), x(to)];
    const box = { x: a, y: TOP, width: Math.max(0, b - a), height: HIGH };
    root.append(svg("rect", { ...box, fill: late ? "var(--breached-pale)" : counts ? "var(--fact-pale)" : "var(--paper)" }));
    if (late || !counts) root.append(svg("rect", { ...box, fill: late ? "url(#h-late)" : "url(#h-idle)", opacity: 0.75 }));
    if (b - a > 26) root.append(svg("text", { x: (a + b) / 2, y: TOP - 8, "text-anchor": "middle", class: counts ? "t-strong" : "" }, length));
    if (folded) drawFold(root, (a + b) / 2);
  }
}

function drawFold(root, mid) {
  let path = "";
  for (let i = 0; i <= 14; i++) path += `${i ? "L" : "M"}${mid - 4 + (i % 2) * 6} ${TOP - 4 + (i * (HIGH + 8)) / 14}`;
  root.append(svg("path", { d: path, fill: "none", stroke: "var(--paper)", "stroke-width": 6 }));
  for (const dx of [-3, 3]) root.append(svg("path", { d: path, fill: "none", stroke: "var(--ink2)", transform: `translate(${dx} 0)` }));
}

function drawAxis(root, pic, x, y, top) {
  const steps = [60, 300, 600, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  const step = steps.find((s) => top / s <= 5) ?? 86400 * Math.ceil(top / 432000);
  for (let s = 0; s <= top; s += step) {
    root.append(svg("text", { x: LEFT - 8, y: y(s) + 4, "text-anchor": "end" }, `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`));
    root.append(svg("path", { d: `M${LEFT} ${y(s)}H${W - RIGHT}`, stroke: "var(--line)", "stroke-width": 0.6 }));
  }
  let last = -99;
  const ends = pic.parts.map((part) => [part[1], part[7]]);
  for (const [t, text] of [[pic.parts[0][0], pic.parts[0][6]], ...ends]) {
    const first = t === pic.parts[0][0];
    if (first && pic.due !== null && x(pic.due) - x(t) < 70) {
      root.append(svg("text", { x: x(pic.due) + 9, y: TOP + HIGH + 17 }, text));
      last = x(pic.due) + 40;
      continue;
    }
    if (t === pic.due || x(t) - last < (text.length > 5 ? 78 : 46)) continue;
    last = x(t);
    const anchor = x(t) <= LEFT ? "start" : x(t) > W - 40 ? "end" : "middle";
    root.append(svg("text", { x: x(t), y: TOP + HIGH + 17, "text-anchor": anchor }, text));
  }
}

function drawDuties(root, pic, x, y) {
  if (pic.other !== null) {
    root.append(svg("path", { d: `M${x(pic.other)} ${TOP}V${TOP + HIGH}`, stroke: "var(--duty)", "stroke-width": 1.5, "stroke-dasharray": "4 3" }));
    const near = x(pic.other) > LEFT + 150;
    root.append(svg("text", { x: x(pic.other) + (near ? -5 : 5), y: TOP + HIGH - 8, "text-anchor": near ? "end" : "start", class: "t-duty" }, pic.other_text));
  }
  if (pic.due === null) return;
  const at = x(pic.due);
  root.append(svg("path", { d: `M${LEFT} ${y(pic.limit)}H${W - RIGHT + 6}`, stroke: "var(--duty)", "stroke-width": 2 }));
  root.append(svg("path", { d: `M${at} ${TOP}V${TOP + HIGH + 4}`, stroke: "var(--duty)", "stroke-width": 2 }));
  root.append(svg("path", { d: `M${at - 5} ${TOP + HIGH + 12}h10l-5 -8z`, fill: "var(--duty)" }));
  root.append(svg("text", { x: at, y: TOP + HIGH + 40, "text-anchor": at > W - 140 ? "end" : "middle", class: "t-duty" }, pic.due_text));
  const place = narrow ? { x: LEFT + 4, y: y(pic.limit) - 5 } : { x: W - RIGHT + 10, y: y(pic.limit) + 5 };
  root.append(svg("text", { ...place, class: "t-duty" }, pic.limit_text));
}

function drawCount(root, pic, x, y) {
  let sum = 0, path = `M${x(pic.parts[0][0])} ${y(0)}`;
  for (const [from, to, counts] of pic.parts) {
    sum += counts ? to - from : 0;
    path += `L${x(to)} ${y(sum)}`;
  }
  root.append(svg("path", { d: path, fill: "none", stroke: "var(--fact)", "stroke-width": 2 }));
  const end = pic.parts[pic.parts.length - 1];
  const look = end[3] ? "breached-fill" : "fact";
  root.append(svg("circle", { cx: x(end[1]), cy: y(sum), r: 4.5, fill: `var(--${look})` }));
  if (narrow) return;
  const clear = Math.abs(y(sum) - y(pic.limit)) < 14 ? -10 : 4;
  root.append(svg("text", { x: W - RIGHT + 10, y: y(sum) + clear, class: end[3] ? "t-late" : "t-strong" }, pic.end_text));
}
