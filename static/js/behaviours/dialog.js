// Native <dialog>: the browser keeps focus and Escape; we add closing by the veil and by [data-close].
export default function dialog(element) {
  element.addEventListener("click", (event) => {
    if (event.target === element || event.target.closest("[data-close]")) element.close();
  });
  if (element.hasAttribute("data-open") && !element.open) element.showModal();
}
