// The answer to a ticket: Ctrl-Enter sends, half-written text outlives a look at another ticket (in this page only:
// nothing of a customer is kept in the browser's storage), and the presence form learns that somebody types.
import { composing } from "../ime.js";

const TYPING_MS = 12_000;
const drafts = new Map();

export default function composer(form) {
  const text = form.querySelector("textarea");
  const key = form.dataset.ticket;
  const typing = document.getElementById("typing");
  let stops = 0;

  const kept = drafts.get(key);
  if (kept && !text.value) {
    text.value = kept.text;
    const mode = form.querySelector(`input[name=mode][value="${kept.mode}"]`);
    if (mode) mode.checked = true;
  }

  const keep = () => {
    const mode = form.querySelector("input[name=mode]:checked")?.value ?? "reply";
    if (text.value.trim()) drafts.set(key, { text: text.value, mode });
    else drafts.delete(key);
  };

  text.addEventListener("input", () => {
    keep();
    if (typing && typing.value !== "1") {
      typing.value = "1";
      typing.form.dispatchEvent(new Event("typing"));
    }
    clearTimeout(stops);
    stops = setTimeout(() => typing && (typing.value = ""), TYPING_MS);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("change", keep);
  form.addEventListener("submit", () => drafts.delete(key));
  form.addEventListener("click", (event) => {
    const put = event.target.closest("[data-mode]");
    if (!put) return;
    form.querySelector(`input[name=mode][value="${put.dataset.mode}"]`).checked = true;
    keep();
    text.focus();
  });
}
