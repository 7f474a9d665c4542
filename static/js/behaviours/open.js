// data-target="id of a <dialog>". The element may be a link: without script it goes to a page that does the same.
import { openDialog } from "../shortcuts.js";

export default function open(trigger) {
  trigger.addEventListener("click", (event) => {
    if (!document.getElementById(trigger.dataset.target)) return;
    event.preventDefault();
    openDialog(trigger.dataset.target);
  });
}
