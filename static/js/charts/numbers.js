/** format(value) for tooltips, format.axis(value) for ticks, in the page's language. `format` is number, points, money or percent. */
export function formatter({ format = "number", currency = null, unit = "" }) {
  const lang = document.documentElement.lang || "en";
  const long = {
    number: () => new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }),
    points: () => new Intl.NumberFormat(lang, { maximumFractionDigits: 0 }),
    percent: () => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }),
    money: () => new Intl.NumberFormat(lang, { style: "currency", currency: currency ?? "CNY", currencyDisplay: "narrowSymbol" }),
  }[format]();
  const short =
    format === "percent" ? new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }) : new Intl.NumberFormat(lang, { notation: "compact", maximumSignificantDigits: 3 });
  const full = (value) => {
    if (value === null || value === undefined) return "–";
    const text = long.format(value);
    return unit && format !== "money" && format !== "percent" ? `${text} ${unit}` : text;
  };
  full.axis = (value) => short.format(value);
  return full;
}
