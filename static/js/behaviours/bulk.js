// Around a table: the head's checkbox selects this page, shift-click a range, the bar counts.
// "Select all N that match" sets the hidden field scope=all: the server then acts on the filter, not on the ids.
export default function bulk(form) {
  const bar = form.querySelector(".bulk-bar");
  const head = form.querySelector(".select-page");
  const scope = form.querySelector("input[name=scope]");
  const boxes = () => [...form.querySelectorAll(".row-select")];
  let last = null;

  function show() {
    const all = boxes();
    const chosen = all.filter((box) => box.checked).length;
    const whole = scope?.value === "all";
    const count = whole ? Number(bar.dataset.total) : chosen;
    if (head) {
      head.checked = chosen > 0 && chosen === all.length;
      head.indeterminate = chosen > 0 && chosen < all.length;
    }
    if (!bar) return;
    bar.dataset.count = String(count);
    bar.querySelector("[data-count-text]").textContent = count.toLocaleString(document.documentElement.lang);
    const offer = bar.querySelector("[data-select-all]");
    if (offer) offer.hidden = whole || chosen < all.length || Number(bar.dataset.total) <= all.length;
  }

  function setAll(checked, wanted = "page") {
    boxes().forEach((box) => (box.checked = checked));
    if (scope) scope.value = wanted;
    show();
  }

  form.addEventListener("click", (event) => {
    const box = event.target.closest(".row-select");
    if (event.target.closest("[data-select-all]")) setAll(true, "all");
    if (event.target.closest("[data-clear]")) setAll(false);
    if (!box) return;
    const all = boxes();
    if (event.shiftKey && last) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
    }
    last = box;
    if (scope) scope.value = "page";
    show();
  });
  head?.addEventListener("change", () => setAll(head.checked));
  show();
}
