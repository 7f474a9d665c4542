// The one script of every page: htmx for fragments, Alpine's CSP build for small state, our behaviours for the rest.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { attach } from "./attach.js";
import "./ime.js";
import { listenForFailures } from "./failures.js";
import { listenForShortcuts } from "./shortcuts.js";

document.documentElement.classList.add("scripted");

Object.assign(htmx.config, {
  includeIndicatorStyles: false, // would be an inline <style>
  allowEval: false,
  disableInheritance: true,
  defaultSettleDelay: 0, // what is swapped in has its behaviours at once: a quick hand finds no dead button
  historyCacheSize: 0, // no personal data in the browser's storage
  selfRequestsOnly: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true }, // a form with its errors
    { code: "[45]..", swap: false, error: true },
  ],
});
window.htmx = htmx;
window.Alpine = Alpine;

listenForFailures();
listenForShortcuts();
attach(document);
htmx.onLoad((element) => attach(element));
Alpine.start();
