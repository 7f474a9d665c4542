// A destructive form: its submit button wakes up when the name is typed. The server checks the same again.
export default function typedConfirm(form) {
  const input = form.querySelector("[data-expected]");
  const button = form.querySelector("[type=submit]");
  if (!input || !button) return;
  const check = () => {
    button.disabled = input.value.trim() !== input.dataset.expected;
  };
  input.addEventListener("input", check);
  check();
}
