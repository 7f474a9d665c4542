// From our small chart description (merchants/rules/charts.py) to an ECharts option.
import { formatter } from "./numbers.js";

function frame(spec, t) {
  const format = formatter(spec);
  return {
    format,
    base: {
      color: t.series,
      textStyle: { fontFamily: t.font, color: t.muted, fontSize: 12 },
      aria: { enabled: true, decal: { show: spec.series.length > 3 && spec.kind !== "heatmap" } },
      grid: { left: 4, right: 12, top: spec.series.length > 1 ? 34 : 14, bottom: 4, containLabel: true },
      legend: { show: spec.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: t.muted } },
      tooltip: {
        renderMode: "richText", // the html mode would need inline styles
        trigger: "axis",
        confine: true,
        backgroundColor: t.surface,
        borderColor: t.line,
        textStyle: { color: t.ink, fontSize: 12 },
        axisPointer: { type: "line", lineStyle: { color: t.line } },
        valueFormatter: format,
      },
    },
  };
}

function axes(spec, t, format) {
  const category = {
    type: "category",
    data: spec.labels,
    boundaryGap: spec.kind === "bar" || spec.kind === "stack",
    axisLine: { lineStyle: { color: t.line } },
    axisTick: { show: false },
    axisLabel: { color: t.muted, hideOverlap: true },
  };
  const value = {
    type: "value",
    splitNumber: 4,
    axisLabel: { color: t.muted, formatter: format.axis },
    splitLine: { lineStyle: { color: t.line } },
  };
  if (!spec.horizontal) return { xAxis: category, yAxis: value };
  return { xAxis: value, yAxis: { ...category, inverse: true } };
}

function cartesian(spec, t, format) {
  const line = spec.kind === "line" || spec.kind === "area";
  return {
    ...axes(spec, t, format),
    series: spec.series.map((one) => ({
      name: one.name,
      data: one.values,
      type: line ? "line" : "bar",
      stack: spec.kind === "stack" ? "all" : undefined,
      showSymbol: spec.labels.length < 3,
      smooth: false,
      lineStyle: { width: 2, type: one.compared ? "dashed" : "solid", opacity: one.compared ? 0.7 : 1 },
      areaStyle: spec.kind === "area" ? { opacity: 0.1 } : undefined,
      barMaxWidth: 28,
      itemStyle: line ? {} : { borderRadius: spec.kind === "stack" ? 0 : 2 },
      emphasis: { focus: "series" },
    })),
  };
}

const pairs = (spec) => spec.labels.map((name, i) => ({ name, value: spec.series[0].values[i] }));

function pie(spec, t) {
  return {
    tooltip: { trigger: "item" },
    legend: { show: true, orient: "vertical", top: "middle", left: "auto", right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10 },
    series: [{ type: "pie", radius: ["52%", "78%"], center: ["34%", "50%"], data: pairs(spec), label: { show: false }, itemStyle: { borderColor: t.surface, borderWidth: 2 } }],
  };
}

/** Steps as bars from the top down: lengths are read better than the areas of a funnel. Each says its share of the first. */
function funnel(spec, t, format) {
  const values = spec.series[0].values;
  const share = (value) => (values[0] ? ` · ${Math.round((100 * value) / values[0])}%` : "");
  const drawn = cartesian({ ...spec, kind: "bar", horizontal: true }, t, format);
  drawn.series[0].label = { show: true, position: "right", color: t.ink, formatter: (p) => format(p.value) + share(p.value) };
  drawn.xAxis = { ...drawn.xAxis, show: false };
  drawn.grid = { right: 96 };
  return drawn;
}

/** `labels` are the columns, each series one row; null is an empty cell. */
function heatmap(spec, t, format) {
  const cells = spec.series.flatMap((row, y) => row.values.map((value, x) => [x, y, value]).filter((cell) => cell[2] !== null));
  const values = cells.map((cell) => cell[2]);
  const flat = { type: "category", axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: t.muted } };
  return {
    tooltip: { trigger: "item", formatter: (p) => `${spec.series[p.data[1]].name} · ${spec.labels[p.data[0]]}  ${format(p.data[2])}` },
    legend: { show: false },
    grid: { left: 4, right: 4, top: 4, bottom: 4, containLabel: true },
    xAxis: { ...flat, data: spec.labels, position: "top" },
    yAxis: { ...flat, data: spec.series.map((row) => row.name), inverse: true },
    visualMap: { show: false, min: Math.min(...values), max: Math.max(...values), inRange: { color: [t.low, t.high] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: t.surface, borderWidth: 2, borderRadius: 3 } }],
  };
}

function sankey(spec, t) {
  return { tooltip: { trigger: "item" }, legend: { show: false }, series: [{ type: "sankey", left: 4, right: 90, top: 8, bottom: 8, nodeGap: 10, data: spec.nodes, links: spec.links, label: { color: t.ink }, lineStyle: { color: "gradient", opacity: 0.35 } }] };
}

const kinds = { line: cartesian, area: cartesian, bar: cartesian, stack: cartesian, pie, funnel, heatmap, sankey };

/** `spec.option` is merged last, one level deep, for what the small description cannot say. */
export function optionFor(spec, tokens) {
  const { base, format } = frame(spec, tokens);
  const own = (kinds[spec.kind] ?? cartesian)(spec, tokens, format);
  const merged = { ...base };
  for (const part of [own, spec.option ?? {}]) {
    for (const [key, value] of Object.entries(part)) {
      const plain = value && typeof value === "object" && !Array.isArray(value) && merged[key];
      merged[key] = plain ? { ...merged[key], ...value } : value;
    }
  }
  return merged;
}
