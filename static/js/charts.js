// Loaded only on pages with charts. Each <figure data-chart> carries its numbers as JSON beside it.
import { BarChart, CustomChart, GaugeChart, HeatmapChart, LineChart, PieChart, RadarChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, CalendarComponent, DataZoomComponent, DatasetComponent, GridComponent, LegendComponent, MarkLineComponent,
  RadarComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { optionFor } from "./charts/option.js";
import { readTokens } from "./charts/tokens.js";

echarts.use([
  BarChart, LineChart, PieChart, HeatmapChart, SankeyChart, RadarChart, GaugeChart, ScatterChart, CustomChart,
  GridComponent, TooltipComponent, LegendComponent, VisualMapComponent, CalendarComponent, RadarComponent, DatasetComponent,
  DataZoomComponent, MarkLineComponent, AriaComponent, SVGRenderer,
]);

const mounted = new Map();
const seen = new ResizeObserver((entries) => entries.forEach(({ target }) => mounted.get(target)?.chart.resize()));

function draw(host, { chart, spec }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({ ...optionFor(spec, readTokens(host)), animation: !calm, animationDuration: 350 }, true);
}

function mount(host) {
  if (mounted.has(host)) return;
  const source = document.getElementById(host.dataset.source);
  if (!source) return;
  const locale = document.documentElement.lang.startsWith("zh") ? "ZH" : "EN";
  const entry = { chart: echarts.init(host, null, { renderer: "svg", locale }), spec: JSON.parse(source.textContent) };
  mounted.set(host, entry);
  seen.observe(host);
  draw(host, entry);
}

function mountAll(root) {
  for (const [host, { chart }] of mounted) {
    if (host.isConnected) continue;
    chart.dispose(); // its fragment was swapped away
    mounted.delete(host);
  }
  root.querySelectorAll("[data-chart]").forEach(mount);
}

const redraw = () => mounted.forEach((entry, host) => draw(host, entry));
document.addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("htmx:load", (event) => mountAll(event.detail.elt.parentElement ?? document));
mountAll(document);
