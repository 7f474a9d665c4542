// A deadline that counts on by itself: words and state from the moments in its attributes. The server's clock counts,
// not the browser's (a test shop's may run ahead), and one timer serves every chip of the page.
const STEP_MS = 10_000;
const SOON_MS = 3_600_000;
const chips = new Map();

function fill(pattern, values) {
  return pattern.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

function words(ms, texts) {
  const total = Math.floor(Math.abs(ms) / 60_000);
  const values = { days: Math.floor(total / 1440), hours: Math.floor(total / 60) % 24, minutes: total % 60 };
  if (values.days) return fill(texts.days, values);
  return fill(values.hours ? texts.hours : texts.minutes, values);
}

function show(chip, ahead) {
  const left = Date.parse(chip.dataset.due) - (Date.now() + ahead);
  chip.dataset.state = left <= 0 ? "late" : left <= SOON_MS ? "soon" : "calm";
  const text = fill(left > 0 ? chip.dataset.left : chip.dataset.late, { time: words(left, chip.dataset) });
  const place = chip.querySelector("[data-text]");
  if (place.textContent !== text) place.textContent = text;
}

setInterval(() => {
  for (const [chip, ahead] of chips) {
    if (chip.isConnected) show(chip, ahead);
    else chips.delete(chip);
  }
}, STEP_MS);

export default function countdown(chip) {
  const ahead = Date.parse(chip.dataset.now) - Date.now();
  chips.set(chip, ahead);
  show(chip, ahead);
}
