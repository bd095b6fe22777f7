// Short messages at the edge of the page, also spoken by screen readers.

import { h } from "./dom.js";

const box = h("div", { class: "notices", role: "status", "aria-live": "polite" });

/** Return the place of the messages. */
export function notices() {
  return box;
}

/** Show a message for a few seconds. */
export function notify(words, kind = "") {
  const note = h("p", { class: `notice ${kind}`, dir: "auto" }, words);
  box.append(note);
  setTimeout(() => note.remove(), 6_000);
}
