// Removes the nearest [data-dismissible]; with a value there, remembers it in a cookie the server reads.
import { writeCookie } from "../cookies.js";

export default function dismiss(button) {
  button.addEventListener("click", () => {
    const box = button.closest("[data-dismissible]");
    if (box?.dataset.dismissible) writeCookie(`dismissed_${box.dataset.dismissible}`, "1");
    box?.remove();
  });
}
