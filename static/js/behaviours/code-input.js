// One field for a one-time code: takes pasted "123 456" and full-width digits, submits itself when complete.
export default function codeInput(input) {
  const length = Number(input.getAttribute("maxlength")) || 6;
  const clean = (text) =>
    text
      .normalize("NFKC")
      .replace(/\D/g, "")
      .slice(0, length);
  const settle = (event) => {
    if (event.isComposing) return;
    const digits = clean(input.value);
    if (digits !== input.value) input.value = digits;
    if (digits.length === length && input.dataset.sent !== digits) {
      input.dataset.sent = digits; // a wrong code must be corrected by hand, not sent twice
      input.form?.requestSubmit();
    }
  };
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    input.value = clean(event.clipboardData.getData("text"));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("input", settle);
  input.addEventListener("compositionend", settle);
}
