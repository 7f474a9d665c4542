// Three buttons: light, dark, as the system. The cookie lets the server send the right page first: no flash.
import { writeCookie } from "../cookies.js";

export default function theme(group) {
  const buttons = [...group.querySelectorAll("[data-theme-choice]")];
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    event.preventDefault();
    const choice = button.dataset.themeChoice;
    writeCookie("theme", choice);
    if (choice === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = choice;
    buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    document.dispatchEvent(new CustomEvent("themechange"));
  });
}
