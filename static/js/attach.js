// <button data-behaviour="copy"> gets behaviours/copy.js; several names are separated by spaces.
import bulk from "./behaviours/bulk.js";
import codeInput from "./behaviours/code-input.js";
import composer from "./behaviours/composer.js";
import copy from "./behaviours/copy.js";
import countdown from "./behaviours/countdown.js";
import dialog from "./behaviours/dialog.js";
import dismiss from "./behaviours/dismiss.js";
import files from "./behaviours/files.js";
import inbox from "./behaviours/inbox.js";
import leaveGuard from "./behaviours/leave-guard.js";
import menu from "./behaviours/menu.js";
import open from "./behaviours/open.js";
import palette from "./behaviours/palette.js";
import print from "./behaviours/print.js";
import rows from "./behaviours/rows.js";
import shortcutSwitch from "./behaviours/shortcut-switch.js";
import submitOnChange from "./behaviours/submit-on-change.js";
import submitOnce from "./behaviours/submit-once.js";
import theme from "./behaviours/theme.js";
import tip from "./behaviours/tip.js";
import toast from "./behaviours/toast.js";
import typedConfirm from "./behaviours/typed-confirm.js";

const behaviours = {
  bulk,
  "code-input": codeInput,
  composer,
  copy,
  countdown,
  dialog,
  dismiss,
  files,
  inbox,
  "leave-guard": leaveGuard,
  menu,
  open,
  palette,
  print,
  rows,
  "shortcut-switch": shortcutSwitch,
  "submit-on-change": submitOnChange,
  "submit-once": submitOnce,
  theme,
  tip,
  toast,
  "typed-confirm": typedConfirm,
};

const attached = new WeakMap();

function attachOne(element) {
  const done = attached.get(element) ?? new Set();
  attached.set(element, done);
  for (const name of element.dataset.behaviour.split(/\s+/)) {
    if (done.has(name) || !behaviours[name]) continue;
    done.add(name);
    behaviours[name](element);
  }
}

/** Attaches every behaviour at or below `root`, each once. */
export function attach(root) {
  if (root.matches?.("[data-behaviour]")) attachOne(root);
  root.querySelectorAll("[data-behaviour]").forEach(attachOne);
}
