// Ctrl-K. The list comes from the server (it knows pinyin); here only arrows and Enter.
import { composing } from "../ime.js";

export default function palette(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector(".palette-results");
  const links = () => [...list.querySelectorAll("a, button")];
  let at = 0;

  function select(index) {
    const all = links();
    if (!all.length) return;
    at = (index + all.length) % all.length;
    all.forEach((link, i) => link.setAttribute("aria-selected", String(i === at)));
    all[at].id ||= `palette-${at}`;
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  list.addEventListener("htmx:afterSwap", () => select(0));
  input.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      select(at + step);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      links()[at]?.click();
    }
  });
  dialog.addEventListener("close", () => {
    input.value = "";
  });
}
