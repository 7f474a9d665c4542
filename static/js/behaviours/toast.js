// Good news leaves by itself, unless someone is reading it; failures stay until closed.
const SHOWN_MS = 7000;

export default function toast(element) {
  let timer = 0;
  const wait = () => {
    if (element.dataset.tone === "error") return;
    timer = setTimeout(() => element.remove(), SHOWN_MS);
  };
  const hold = () => clearTimeout(timer);
  element.addEventListener("mouseenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("mouseleave", wait);
  element.addEventListener("focusout", wait);
  element.querySelector("[data-close]")?.addEventListener("click", () => element.remove());
  wait();
}
