// A text about an item for a user: its kind and tone are chosen, every sentence is shown with the facts that it rests on.

import { get, path } from "../api.js";
import { language } from "../prefs.js";
import { number, t } from "../words.js";
import { h, newId } from "./dom.js";
import { fill } from "./states.js";

const KINDS = ["blurb", "push", "email", "article"];
const TONES = ["neutral", "warm", "playful", "formal"];

/** Return the form, and what it writes. */
export function copyPanel(user, item, signal) {
  const written = h("div", { class: "copy", "aria-live": "polite" });
  const kind = choice(KINDS, (name) => t(`copy.kind.${name}`));
  const tone = choice(TONES, (name) => t(`copy.tone.${name}`));
  const write = (event) => {
    event.preventDefault();
    const query = { kind: kind.value, tone: tone.value, lang: language() };
    fill(written, signal, async () => drawn(await get(path`/users/${user}/items/${item}/copy`, query, signal)), t("copy.loading"));
  };
  return h(
    "section",
    { class: "copy-panel" },
    h("h3", {}, t("copy.heading")),
    h(
      "form",
      { class: "search-words", on: { submit: write } },
      field(t("copy.kind"), kind),
      field(t("copy.tone"), tone),
      h("button", { class: "primary" }, t("copy.write")),
    ),
    written,
  );
}

const choice = (names, label) => h("select", { id: newId("copy") }, names.map((name) => h("option", { value: name }, label(name))));

const field = (words, select) => h("div", { class: "field" }, h("label", { for: select.id }, words), select);

function drawn(found) {
  const cut = found.sentences.filter((one) => !one.supported);
  return [
    found.text.split("\n").map((line) => h("p", { class: "sentence", dir: "auto", lang: found.lang }, line)),
    h("p", { class: "hint" }, t(found.how === "template" ? "copy.template" : "copy.model", { how: found.how }), " ", t("copy.verdict", { n: number(found.sentences.length - cut.length), of: number(found.sentences.length) })),
    found.facts.length > 0 && details(t("copy.facts", { n: number(found.facts.length) }), found.facts.map((fact) => `${fact.number}. ${fact.text}`)),
    cut.length > 0 && details(t("copy.cut", { n: number(cut.length) }), cut.map((one) => `${one.text} — ${one.why}`)),
  ];
}

const details = (heading, lines) => h("details", {}, h("summary", {}, heading), h("ul", {}, lines.map((line) => h("li", { dir: "auto" }, line))));
