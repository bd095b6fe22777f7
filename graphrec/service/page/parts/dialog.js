// Dialogs: the browser's own, so focus stays inside, Escape closes, and focus goes back to where it was.

import { t } from "../words.js";
import { h, newId } from "./dom.js";
import { icon } from "./icons.js";
import { hinted } from "./states.js";

/** Open a dialog with a heading; `kind` is `small` or `side`. Return it; it is removed when it closes. */
export function open(heading, content, kind = "small", closed = () => {}) {
  const id = newId("dialog");
  const close = h(
    "button",
    { type: "button", class: "icon-button close", "aria-label": t("close"), on: { click: () => dialog.close() } },
    icon("leave"),
  );
  const dialog = h(
    "dialog",
    { class: kind, "aria-labelledby": id },
    h("header", {}, h("h2", { id, tabindex: "-1", dir: "auto" }, heading), close),
    h("div", { class: "content" }, content),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Ask whether to do something; the promise gives true or false. */
export function confirm(heading, words, action, danger = false) {
  return new Promise((resolve) => {
    let yes = false;
    const form = h(
      "form",
      { method: "dialog" },
      h("p", { dir: "auto" }, words),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, t("cancel")),
        h("button", { type: "submit", class: danger ? "danger" : "primary", on: { click: () => { yes = true; } } }, action),
      ),
    );
    const dialog = open(heading, form, "small", () => resolve(yes));
  });
}

/** Ask for a key; the promise gives it, or null. */
export function askKey() {
  return new Promise((resolve) => {
    let given = null;
    const id = newId("key");
    const input = h("input", { id, type: "password", autocomplete: "off", required: true, spellcheck: "false" });
    const form = h(
      "form",
      { method: "dialog", on: { submit: () => { given = input.value.trim() || null; } } },
      h("p", {}, hinted(t("key.why"))),
      h("label", { for: id }, t("key.label")),
      input,
      h("p", { class: "hint" }, t("key.kept")),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t("key.use"))),
    );
    open(t("key.heading"), form, "small", () => resolve(given));
    input.focus();
  });
}
