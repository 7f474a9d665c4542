// Three panes where there is room for them: a click on a row opens its ticket beside the list, and the address tells
// which, so that a reload finds it again. On a narrow screen the link is an ordinary link.
const ROOM = window.matchMedia("(width >= 75rem)");

export default function inbox(box) {
  const pane = box.querySelector("#ticket-pane");
  const rows = () => [...box.querySelectorAll("[data-row]")];

  function mark() {
    const open = new URL(location.href).searchParams.get("ticket") ?? "";
    rows().forEach((row) => {
      const here = row.dataset.row === open;
      row.classList.toggle("is-open", here);
      row.querySelector(".subject")?.toggleAttribute("aria-current", here);
    });
  }

  box.addEventListener("click", (event) => {
    const link = event.target.closest(".subject");
    if (!link || !ROOM.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const row = link.closest("[data-row]");
    const address = new URL(location.href);
    address.searchParams.set("ticket", row.dataset.row);
    history.replaceState(history.state, "", address);
    rows().forEach((one) => one.classList.toggle("at-row", one === row));
    mark();
    window.htmx.ajax("GET", link.dataset.pane, { target: pane, swap: "innerHTML" });
  });

  // A conversation is read from its end.
  pane.addEventListener("htmx:afterSettle", (event) => {
    if (event.target === pane || event.target.id === "ticket") {
      const last = pane.querySelector(".thread > :last-child");
      if (last) pane.scrollTop += last.getBoundingClientRect().bottom - pane.getBoundingClientRect().bottom * 0.8;
    }
  });

  // The list is drawn anew when something changed: what was ticked and where one stood stay.
  let kept = { ids: [], at: "" };
  box.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "inbox-rows") return;
    kept = {
      ids: [...box.querySelectorAll(".row-select:checked")].map((tick) => tick.value),
      at: box.querySelector(".at-row")?.dataset.row ?? "",
      focused: event.detail.target.contains(document.activeElement),
    };
  });
  box.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "inbox-rows") return;
    mark();
    for (const row of rows()) {
      row.classList.toggle("at-row", row.dataset.row === kept.at);
      const tick = row.querySelector(".row-select");
      if (tick && !tick.checked && kept.ids.includes(tick.value)) tick.click();
      if (kept.focused && row.dataset.row === kept.at) row.querySelector(".subject")?.focus({ preventScroll: true });
    }
  });
  mark();
}
