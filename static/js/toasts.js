import { attach } from "./attach.js";

/** Adds a toast to the page's live region. `tone` is "error", "success" or nothing; `code` is a request id. */
export function showToast({ text, code = null, tone = "" }) {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template || !text) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  if (code) {
    const mark = document.createElement("code");
    mark.textContent = ` ${code}`;
    toast.querySelector("[data-text]").append(mark);
  }
  if (tone === "error") toast.classList.add("toast-error");
  toast.dataset.tone = tone;
  region.append(toast);
  attach(toast);
}
