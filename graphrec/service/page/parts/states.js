// What a view shows instead of its data: that it loads, that there is none, that something is wrong.

import { t } from "../words.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";

/** Return what is shown while something loads. */
export function loading(words = t("loading")) {
  return h("div", { class: "loading", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("span", {}, words));
}

/** Return what is shown where there is nothing. */
export function empty(words, ...more) {
  return h("div", { class: "empty" }, h("p", {}, words), more);
}

/** Return an error with its next step. */
export function problem(error, retry = null) {
  const missing = error.status === 404 && /^Not Found$|^Method Not Allowed$/.test(error.message);
  const said = missing ? t("error.unavailable") : error.message;
  return h(
    "div",
    { class: "problem", role: "alert" },
    icon("warn"),
    h(
      "div",
      {},
      h("p", { class: "said", dir: "auto" }, said),
      missing ? h("p", { class: "hint" }, t("error.unavailable.hint")) : error.hint && h("p", { class: "hint", dir: "auto" }, hinted(error.hint)),
      retry && h("button", { type: "button", class: "quiet", on: { click: retry } }, t("retry")),
    ),
  );
}

/** Return a text in which what stands between ` is code. */
export function hinted(text) {
  return text.split("`").map((part, n) => (n % 2 ? h("code", {}, part) : part));
}

/** Fill an element with what a promise gives; meanwhile it loads, and an error is shown with a way to try again. */
export async function fill(element, signal, make, words) {
  put(element, loading(words));
  element.setAttribute("aria-busy", "true");
  try {
    const made = await make();
    if (!signal?.aborted) put(element, made);
  } catch (error) {
    if (error.name === "AbortError" || signal?.aborted) return;
    if (error.status === undefined) throw error; // a fault of the page
    put(element, problem(error, () => fill(element, signal, make, words)));
  } finally {
    element.removeAttribute("aria-busy");
  }
}
