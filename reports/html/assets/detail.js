// One finding: sentence, both clocks, picture, ledger, evidence, card.
function detail(row, width) {
  const clause = data.clauses[row[at.clause]];
  const told = data.stories[row[at.finding]];
  const about = [row[at.label], row[at.customer] && `${words("findings.customer")} ${row[at.customer]}`,
    row[at.who] && `${words("findings.holder")} ${row[at.who]}`, data.teams[row[at.team]]].filter(Boolean).join(" · ");
  const parts = [
    el("h3", {}, icon("breached"), clause.title),
    el("p", { class: "note" }, el("span", { class: "code" }, clause.id), " · ", about),
    el("p", { class: "say" }, ...sentence(row, clause)),
  ];
  if (told) parts.push(...story(told, width));
  return [...parts, card(row, clause)];
}

function sentence(row, clause) {
  const values = { due: row[at.due] || "–", done: row[at.done], late: row[at.late], as_of: data.as_of };
  const timed = row[at.late_key] >= 0;
  const key = !timed ? "finding.because" : row[at.done] ? "finding.due_done_late" : "finding.due_open";
  const out = say(key, { ...values, reason: words("reason." + row[at.reason]) });
  if (row[at.other_due] && row[at.other_verdict] && clause.other) {
    const other = row[at.other_verdict];
    const both = other === "breached" ? "finding.both_breached" : "finding.other_differs";
    out.push(data.lang === "zh" ? "" : " ");
    out.push(...say(both, { clock: clause.other, due: row[at.other_due], verdict: words("verdict." + other) }));
  }
  return out;
}

function table(cls, heads, rows, foot = []) {
  const head = el("tr", {}, ...heads.map(([text, kind]) => el("th", { scope: "col", class: kind || null }, text)));
  const body = rows.map(([kind, cells]) =>
    el("tr", { class: kind || null }, ...cells.map(([text, look]) => el("td", { class: look || null }, text))));
  const made = el("table", { class: cls }, el("thead", {}, head), el("tbody", {}, ...body));
  if (foot.length) made.append(el("tfoot", {}, el("tr", {}, ...foot.map(([text, look]) => el("td", { class: look || null }, text)))));
  return made;
}

function story(told, width) {
  const parts = [];
  if (told.clocks.length) parts.push(clocks(told.clocks));
  if (told.picture) parts.push(legend(), clockPicture(told.picture, width));
  const columns = [];
  if (told.ledger.length) columns.push(el("div", {}, el("h4", {}, words("finding.ledger")), ledger(told)));
  if (told.days.length) columns.push(el("div", {}, el("h4", {}, words("finding.days")), days(told.days)));
  if (told.evidence.length) columns.push(el("div", {}, el("h4", {}, words("finding.evidence")), evidence(told.evidence)));
  if (columns.length) parts.push(el("div", { class: "two" }, ...columns));
  return parts;
}

function clocks(rows) {
  const heads = [["clock"], ["authority"], ["due", "num"], ["counted", "num"], ["late", "num"], ["verdict"]];
  const key = (name) => (name === "due" ? "findings.head.due" : name === "verdict" ? "clauses.verdict" : "finding." + name);
  return table("clocks", heads.map(([name, kind]) => [words(key(name)), kind]), rows.map((clock) => {
    const verdict = el("span", {}, el("span", { class: "word c-" + clock.verdict }, icon(clock.verdict), clock.text));
    if (clock.deciding) verdict.append(" ", el("span", { class: "c-duty nowrap" }, words("finding.decides")));
    return [clock.deciding ? "decides-row" : "", [[clock.name, "wide"], [clock.authority, "wide"], [clock.due, "num"],
      [clock.counted, "num"], [clock.late, "num"], [verdict, ""]]];
  }));
}

function ledger(told) {
  const heads = [[words("finding.interval")], [words("finding.counted"), "num"], [words("finding.not"), "num"], [words("finding.cause")]];
  const rows = told.ledger.map((line) => [line.late ? "is-late" : line.counted ? "" : "idle",
    [[line.text, ""], [line.counted, "num"], [line.uncounted, "num"], [line.why, ""]]]);
  const sum = told.sum;
  return table("ledger", heads, rows, [[sum.total], [sum.counted, "num"], [sum.uncounted, "num"], [sum.text]]);
}

function days(rows) {
  return table("days", [[words("finding.day")], [words("finding.day_n"), "num"], [words("finding.cause")]],
    rows.map((day) => [day.counted ? "" : "idle", [[day.date], [day.n, "num"], [day.why]]]));
}

function evidence(rows) {
  const body = rows.map((fact) => el("tr", {}, el("td", { class: "code" }, fact.field), el("td", { class: "nowrap" }, fact.value), el("td", {}, fact.from)));
  return el("table", {}, el("tbody", {}, ...body));
}

function card(row, clause) {
  const list = el("dl", { class: "facts" });
  const line = (key, ...values) => values.some(Boolean) && list.append(el("dt", {}, words(key)), el("dd", {}, ...values.filter(Boolean)));
  line("finding.card", [clause.edition, clause.limit, clause.place].filter(Boolean).join(" · "));
  line("finding.readings", clause.readings && el("span", { class: "code" }, clause.readings));
  line("finding.id", el("span", { class: "code" }, row[at.finding]));
  line("finding.explain", el("code", {}, "clausewatch explain " + row[at.label]));
  return list;
}
