// Marks the form as changed (the save bar shows it) and asks before the changes are lost.
export default function leaveGuard(form) {
  const snapshot = () => new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, value.name ?? value])).toString();
  let saved = snapshot();
  const mark = () => {
    const dirty = snapshot() !== saved;
    form.toggleAttribute("data-dirty", dirty);
    return dirty;
  };
  const ask = (event) => {
    if (form.isConnected && form.hasAttribute("data-dirty")) event.preventDefault();
  };
  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  form.addEventListener("reset", () => setTimeout(mark));
  form.addEventListener("submit", () => {
    saved = snapshot();
    mark();
  });
  window.addEventListener("beforeunload", ask);
}
