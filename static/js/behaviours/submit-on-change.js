// For filters and switches in a GET or htmx form; a <noscript> button stands beside it.
export default function submitOnChange(form) {
  form.addEventListener("change", () => form.requestSubmit());
}
