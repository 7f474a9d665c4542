// A click anywhere on a row with data-href opens it; the link inside stays the real, reachable one.
const OWN_CLICK = "a, button, input, label, select, summary";

export default function rows(table) {
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest(OWN_CLICK) || String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else row.querySelector(`a[href="${CSS.escape(row.dataset.href)}"]`)?.click() ?? location.assign(row.dataset.href);
  });
}
