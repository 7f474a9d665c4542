// data-copy="text", or data-copy-from="#id" to take an element's text.
async function write(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // plain http on a LAN address has no clipboard API
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export default function copy(button) {
  button.addEventListener("click", async () => {
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom)?.textContent : button.dataset.copy;
    await write((source ?? "").trim());
    button.classList.add("copied");
    const spoken = button.querySelector("[role=status]");
    if (spoken) spoken.textContent = button.dataset.copiedText ?? "";
    setTimeout(() => {
      button.classList.remove("copied");
      if (spoken) spoken.textContent = "";
    }, 2000);
  });
}
