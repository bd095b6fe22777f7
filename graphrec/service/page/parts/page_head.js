// The head of a view: heading, what it is about, and what can be done.

import { h } from "./dom.js";

/** Return the head of a view. */
export function head(heading, lead = null, ...actions) {
  return h(
    "div",
    { class: "head" },
    h("div", {}, h("h1", { tabindex: "-1", dir: "auto" }, heading), lead && h("p", { class: "lead", dir: "auto" }, lead)),
    actions.length > 0 && h("div", { class: "actions" }, actions),
  );
}

/** Return a section with a heading. */
export function section(heading, ...content) {
  return h("section", { class: "panel" }, h("h2", {}, heading), content);
}

/** Return a form with one field and a button; `submit` gets the text. */
export function field(id, label, words, submit, { value = "", type = "search", list = null, required = true } = {}) {
  const input = h("input", { id, type, value, required, autocomplete: "off", maxlength: "1000", list });
  const sent = (event) => {
    event.preventDefault();
    if (input.value.trim()) submit(input.value.trim());
  };
  return h(
    "form",
    { class: "field", role: type === "search" ? "search" : null, on: { submit: sent } },
    h("label", { for: id }, label),
    h("div", { class: "row" }, input, h("button", { type: "submit", class: "primary" }, words)),
  );
}
