// Recommendations as cards: rank, picture, title, score, where they come from, and how far they have moved.

import { idText } from "../api.js";
import { link } from "../router.js";
import { known, number, t } from "../words.js";
import { bar } from "./bars.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { poster } from "./poster.js";

/** Return a list of cards; `before`: id → earlier rank, to mark what has moved; `actions(item)` gives buttons. */
export function cards(items, { before = null, actions = null } = {}) {
  const highest = Math.max(...items.map((item) => Math.abs(item.score)), 1e-9);
  return h(
    "ol",
    { class: "cards" },
    items.map((item) => {
      const id = idText(item.item_id);
      return h(
        "li",
        { class: "card", "data-item": id },
        h("a", { class: "cover", href: link("item", [id]), tabindex: "-1", "aria-hidden": "true" }, poster(item.item_id, item.title)),
        h("span", { class: "rank", "aria-label": t("rank", { n: number(item.rank) }) }, String(item.rank)),
        before && moved(item, before),
        h(
          "div",
          { class: "told" },
          h("a", { class: "title", href: link("item", [id]), dir: "auto" }, item.title),
          h("div", { class: "score" }, bar(Math.abs(item.score) / highest), h("span", { class: "number" }, number(item.score, 2))),
          item.source && item.source !== "model" && h("span", { class: "tag" }, known(`source.${item.source}`, item.source)),
          item.why?.[0] && h("p", { class: "why", dir: "auto" }, item.why[0]),
        ),
        actions && h("div", { class: "card-actions" }, actions(item)),
      );
    }),
  );
}

function moved(item, before) {
  const old = before.get(idText(item.item_id));
  if (old === item.rank) return null;
  if (old === undefined) return h("span", { class: "moved new" }, t("moved.new"));
  const up = old > item.rank;
  const steps = Math.abs(old - item.rank);
  return h(
    "span",
    { class: `moved ${up ? "up" : "down"}` },
    icon(up ? "up" : "down"),
    h("span", { "aria-hidden": "true" }, String(steps)),
    h("span", { class: "spoken" }, t(up ? "moved.up" : "moved.down", { n: number(steps) })),
  );
}

/** Return small pictures in a row that scrolls sideways. */
export function strip(items, label, note = () => null) {
  return h(
    "ul",
    { class: "strip", tabindex: "0", role: "list", "aria-label": label },
    items.map((item) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: link("item", [idText(item.item_id)]) },
          poster(item.item_id, item.title, "little"),
          h("span", { class: "title", dir: "auto" }, item.title),
          note(item),
        ),
      ),
    ),
  );
}

/** Return a button of a card: an icon with a name. */
export function action(name, words, act, pressed = null) {
  return h(
    "button",
    {
      type: "button",
      class: `icon-button ${name}`,
      title: words,
      "aria-label": words,
      "aria-pressed": pressed === null ? null : String(pressed),
      on: { click: act },
    },
    icon(name),
  );
}
