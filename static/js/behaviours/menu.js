// A <details> that behaves as a menu: closes on Escape, on a click outside, when focus leaves; arrows walk the items.
export default function menu(details) {
  const summary = details.querySelector("summary");
  const items = () => [...details.querySelectorAll(".menu-item:not([disabled])")];
  document.addEventListener("click", (event) => {
    if (details.open && !details.contains(event.target)) details.open = false;
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      event.stopPropagation();
      details.open = false;
      summary.focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    details.open = true;
    const all = items();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = all.indexOf(document.activeElement) + step;
    all[(next + all.length) % all.length]?.focus();
  });
}
