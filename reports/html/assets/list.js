// The findings: filtered and sorted as compact rows, drawn as one scrolls.
const data = JSON.parse($("#data").textContent);
const at = Object.fromEntries(data.columns.map((name, i) => [name, i]));
const CHUNK = 100;
const BY_SCROLLING = 500; // further rows wait for the button, so that the sections below stay in reach
const sortKeys = { due: at.due_key, late: at.late_key, clause: at.clause, label: at.label, state: at.state };
const list = { rows: data.rows, drawn: 0, sort: "", down: true, haystack: null };

// "{n} of {m}" with values; "<breached>..</breached>" becomes an element, values never do.
function say(key, values = {}) {
  const fill = (text) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  const out = [];
  let rest = data.words[key];
  for (let found; (found = /<(\w+)>(.*?)<\/\1>/.exec(rest)); rest = rest.slice(found.index + found[0].length)) {
    out.push(fill(rest.slice(0, found.index)));
    out.push(el(found[1] === "b" ? "b" : "span", { class: found[1] === "b" ? null : "c-" + found[1] }, fill(found[2])));
  }
  return [...out, fill(rest)].filter((part) => part !== "");
}
const words = (key, values) => say(key, values).map((part) => part.textContent ?? part).join("");

function verdictWord(verdict) {
  return el("span", { class: "word c-" + verdict }, icon(verdict), words("verdict." + verdict));
}

function stateCell(row) {
  const cell = el("td", { class: "f-state" });
  for (const mark of row[at.marks].split("|").filter(Boolean)) {
    const look = mark === "disputed" ? "no_data" : "pending";
    cell.append(el("span", { class: "mark c-" + look }, icon(mark), words("mark." + mark)));
  }
  cell.append(words("state." + row[at.state]));
  return cell;
}

function drawRow(row) {
  const id = row[at.finding];
  const button = el("button", { type: "button", class: "link code", "aria-expanded": "false" }, id.slice(0, 8));
  const who = [row[at.who] || words("findings.no_holder"), data.teams[row[at.team]]].filter(Boolean).join(" ");
  const line = el("tr", { class: "f", id: "f-" + id },
    el("td", { class: "f-id" }, button),
    el("td", { class: "f-clause" }, verdictWord("breached"), " ", data.clauses[row[at.clause]].title),
    el("td", { class: "f-rec" }, el("span", { class: "code" }, row[at.label]), el("span", { class: "sub" }, who)),
    el("td", { class: "f-due num" }, row[at.due] || "–"),
    el("td", { class: "late num" }, row[at.late]),
    stateCell(row),
    el("td", { class: "f-told" }, row[at.told] || "–"));
  button.addEventListener("click", () => toggle(line, button, row));
  return line;
}

function toggle(line, button, row) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  line.classList.toggle("open", open);
  if (!open) return line.nextElementSibling.remove();
  const id = "d-" + row[at.finding];
  button.setAttribute("aria-controls", id);
  const cell = el("td", { colspan: "7" });
  line.after(el("tr", { class: "detail", id }, cell));
  cell.append(...detail(row, cell.clientWidth - 44));
}

function drawMore(n = CHUNK) {
  const body = $("#list tbody");
  const until = Math.min(list.rows.length, list.drawn + n);
  body.append(...list.rows.slice(list.drawn, until).map(drawRow));
  list.drawn = until;
  $("#shown").textContent = words("findings.shown", { k: count(list.rows.length), m: count(data.rows.length) });
  $("#more").hidden = list.drawn >= list.rows.length;
  $("#no-match").hidden = list.rows.length > 0;
}
const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

function redraw() {
  $("#list tbody").replaceChildren();
  list.drawn = 0;
  drawMore();
}

function haystack() {
  list.haystack ??= data.rows.map((row) => [row[at.finding], row[at.label], row[at.who], row[at.customer],
    data.clauses[row[at.clause]].id, data.clauses[row[at.clause]].title].join("\n").toLowerCase());
  return list.haystack;
}

function refilter() {
  const form = new FormData($("#filters"));
  const clause = data.clauses.findIndex((c) => c.id === form.get("clause"));
  const team = form.get("team") === "*" ? -1 : data.teams.indexOf(form.get("team"));
  const [mark, state] = [form.get("mark"), form.get("state")];
  const needles = String(form.get("q")).toLowerCase().split(/\s+/).filter(Boolean);
  const texts = needles.length ? haystack() : [];
  list.rows = data.rows.filter((row, i) =>
    (clause < 0 || row[at.clause] === clause) &&
    (team < 0 || row[at.team] === team) &&
    (!state || row[at.state] === state) &&
    (!mark || (mark === "-" ? !row[at.marks] : row[at.marks].split("|").includes(mark))) &&
    needles.every((needle) => texts[i].includes(needle)));
  resort();
}

function resort() {
  if (list.sort) {
    const key = sortKeys[list.sort];
    const sign = list.down ? -1 : 1;
    const order = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
    list.rows = [...list.rows].sort((a, b) => sign * order(a[key], b[key]));
  }
  redraw();
}

function sortBy(name) {
  list.down = list.sort === name ? !list.down : name === "late" || name === "due";
  list.sort = name;
  for (const button of $$("#list thead button")) {
    const mine = button.dataset.sort === name;
    button.parentElement.setAttribute("aria-sort", mine ? (list.down ? "descending" : "ascending") : "none");
  }
  resort();
}

function openFinding(id) {
  const i = list.rows.findIndex((row) => row[at.finding].startsWith(id));
  if (i < 0) return;
  while (list.drawn <= i) drawMore(1000);
  const line = document.getElementById("f-" + list.rows[i][at.finding]);
  const button = $("button", line);
  if (button.getAttribute("aria-expanded") !== "true") button.click();
  line.scrollIntoView({ block: "start" });
}

if ($("#list")) {
  redraw();
  let typing;
  $("#filters").addEventListener("submit", (event) => event.preventDefault());
  $("#filters").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(refilter, 60); });
  $("#filters").reset();
  $("#more").addEventListener("click", () => drawMore(BY_SCROLLING));
  for (const button of $$("#list thead button")) button.addEventListener("click", () => sortBy(button.dataset.sort));
  // Rows are drawn when the end of the list comes up from below, not while a link jumps past it.
  let jumping = false;
  addEventListener("click", (event) => { jumping = Boolean(event.target.closest("a[href^='#']")); });
  addEventListener("scrollend", () => { jumping = false; });
  new IntersectionObserver((seen) => {
    const fromBelow = seen.some((entry) => entry.isIntersecting && entry.boundingClientRect.top > innerHeight / 2);
    if (fromBelow && !jumping && list.drawn < Math.min(BY_SCROLLING, list.rows.length)) drawMore();
  }, { rootMargin: "0px 0px 400px 0px" }).observe($("#more").parentElement);
  for (const link of $$(".to-findings")) {
    link.addEventListener("click", () => {
      $("#filters").reset();
      $("#filters").clause.value = link.dataset.clause;
      refilter();
    });
  }
  const fromAddress = () => { if (location.hash.startsWith("#f-")) openFinding(location.hash.slice(3)); };
  addEventListener("hashchange", fromAddress);
  fromAddress();
}
