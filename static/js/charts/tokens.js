/** The colours of the theme in force, as plain values ECharts can take. */
export function readTokens(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    ink: value("--color-base-content"),
    muted: value("--ink-2"),
    line: value("--line"),
    surface: value("--color-base-100"),
    font: style.fontFamily,
    series: Array.from({ length: 8 }, (_, i) => value(`--chart-${i + 1}`)),
    low: value("--accent-bg"),
    high: value("--chart-1"),
  };
}
