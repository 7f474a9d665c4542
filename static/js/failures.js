// A failed fragment says so, with the request id a person can quote to support.
import { showToast } from "./toasts.js";

function sentence(status, texts) {
  if (status === 0) return texts.offline;
  if (status === 401 || status === 403) return texts.forbidden;
  if (status === 409) return texts.conflict;
  if (status === 429) return texts.busy;
  return texts.failed;
}

export function listenForFailures() {
  const texts = document.getElementById("toasts")?.dataset ?? {};
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const id = xhr.getResponseHeader("X-Request-ID");
    showToast({ text: sentence(xhr.status, texts), code: id, tone: "error" });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => showToast({ text: texts.offline, tone: "error" }));
  }
  // The server may say something with any fragment: HX-Trigger: {"toast": {"text": "…", "tone": "success"}}
  document.addEventListener("toast", (event) => showToast(event.detail));
}
