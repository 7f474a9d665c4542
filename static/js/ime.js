// Someone typing pinyin has not typed anything yet: neither live search nor Enter may act on the half-made word.
export const composing = (event) => event.isComposing || event.keyCode === 229;

const live = (event) => event.target instanceof Element && event.target.closest("[hx-get], [hx-post], form[hx-get]");

document.addEventListener(
  "input",
  (event) => {
    if (event.isComposing && live(event)) event.stopPropagation();
  },
  true,
);
document.addEventListener("compositionend", (event) => {
  if (live(event)) event.target.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter" && composing(event) && event.target instanceof HTMLInputElement) event.preventDefault();
  },
  true,
);
