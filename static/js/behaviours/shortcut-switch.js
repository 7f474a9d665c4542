import { readCookie, writeCookie } from "../cookies.js";

export default function shortcutSwitch(box) {
  box.checked = readCookie("shortcuts") !== "off";
  box.addEventListener("change", () => writeCookie("shortcuts", box.checked ? "on" : "off"));
}
