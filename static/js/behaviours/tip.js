// A definition shown on hover and focus can be sent away with Escape and stays away until the pointer or focus returns.
export default function tip(element) {
  const close = (event) => {
    if (event.key === "Escape") element.classList.add("closed");
  };
  const reset = () => element.classList.remove("closed");
  element.addEventListener("keydown", close);
  element.addEventListener("mouseenter", () => document.addEventListener("keydown", close));
  element.addEventListener("mouseleave", () => {
    document.removeEventListener("keydown", close);
    reset();
  });
  element.addEventListener("focusin", reset);
}
