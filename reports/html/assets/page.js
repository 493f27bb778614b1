// The page itself: folded rows, the section one is in, links that filter the list.
"use strict";
const $ = (sel, root = document) => root.querySelector(sel);
const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];

function el(name, attrs = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attrs)) if (value !== null) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

function svg(name, attrs = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attrs)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
}

function icon(state) {
  const node = svg("svg", { class: "i", "aria-hidden": "true" });
  node.append(svg("use", { href: "#i-" + state }));
  return node;
}

for (const button of $$(".fold-button")) {
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    for (const row of $$(`tr[data-in="${button.dataset.fold}"]`)) row.classList.toggle("folded", !open);
  });
}

const railLinks = new Map($$(".rail a").map((link) => [link.getAttribute("href").slice(1), link]));
const sections = [...railLinks.keys()].map((id) => document.getElementById(id)).filter(Boolean);
function markSection() {
  const line = window.innerHeight / 3;
  let current = sections[0];
  for (const section of sections) if (section.getBoundingClientRect().top <= line) current = section;
  if (window.innerHeight + window.scrollY >= document.body.scrollHeight - 4) current = sections[sections.length - 1];
  for (const [id, link] of railLinks) {
    if (id === current.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
let marking = false;
function markSoon() {
  if (marking) return;
  marking = true;
  requestAnimationFrame(() => { marking = false; markSection(); });
}
addEventListener("scroll", markSoon, { passive: true });
addEventListener("resize", markSoon);
markSection();
