// Single keys for people who live in the dashboard. Off with the cookie shortcuts=off (WCAG 2.1.4);
// silent while typing and while an input method is composing. Ctrl-K stays: it has a modifier.
import { readCookie } from "./cookies.js";
import { composing } from "./ime.js";

const SEQUENCE_MS = 1200;
const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-behaviour~=rows] tbody tr, [data-row]")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("at-row"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
  rows.forEach((row) => row.classList.toggle("at-row", row === next));
  (next.querySelector("a") ?? next.querySelector("button, input"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const single = {
  "/": () => (document.querySelector("[data-search]") ?? document.querySelector("input[type=search]"))?.focus(),
  "?": () => openDialog("shortcuts"),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => document.querySelector(".at-row .row-select")?.click(),
};

/** What a page itself ties to a key, such as r to the answer of a ticket, comes before the keys of every page. */
function pressMarked(key) {
  const marked = document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`);
  marked?.click();
  return Boolean(marked);
}

export function listenForShortcuts() {
  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    const palette = document.getElementById("palette");
    if (palette && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openDialog("palette");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (readCookie("shortcuts") === "off" || event.target.matches?.(TYPING)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.timeStamp < goUntil) {
      goUntil = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === "g") {
      goUntil = event.timeStamp + SEQUENCE_MS;
      return;
    }
    if (!pressMarked(event.key)) {
      if (!Object.hasOwn(single, event.key)) return;
      single[event.key]();
    }
    event.preventDefault();
  });
}
