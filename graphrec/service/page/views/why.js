// Why an item is recommended to a user: sentences with their shares, the paths as a picture, what the score is made of.

import { get, idText, path } from "../api.js";
import { shares } from "../parts/bars.js";
import { copyPanel } from "../parts/copy.js";
import { open } from "../parts/dialog.js";
import { h } from "../parts/dom.js";
import { paths } from "../parts/paths.js";
import { poster } from "../parts/poster.js";
import { fill } from "../parts/states.js";
import { language } from "../prefs.js";
import { known, number, percent, t } from "../words.js";

const REASONS = 4;

/** Open the explanation at the side. */
export function showWhy(user, item, signal, closed) {
  const body = h("div", {});
  const controller = new AbortController();
  signal.addEventListener("abort", () => controller.abort());
  const dialog = open(t("why.heading"), body, "side", () => {
    controller.abort();
    if (!signal.aborted) closed();
  });
  const words = t("why.loading");
  fill(body, controller.signal, async () => {
    const query = { k: REASONS, lang: language() };
    const found = await get(path`/users/${user}/items/${item}/explanation`, query, controller.signal);
    return [drawn(found), copyPanel(user, item, controller.signal)];
  }, words);
  return dialog;
}

function drawn(found) {
  const scale = found.reasons.reduce((sum, one) => sum + Math.max(0, one.share), 0);
  const place = found.rank === null ? "" : t("why.rank", { rank: number(found.rank), of: number(found.n_items) });
  const components = Object.entries(found.components)
    .filter(([, value]) => value)
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
    .map(([name, value]) => [known(`component.${name}`, name), value]);
  const past = found.past_items.map((via) => [via.title, via.share, "item"]);
  return [
    h(
      "div",
      { class: "why-head" },
      poster(found.item, found.title),
      h("div", {}, h("h3", { dir: "auto" }, found.title), h("p", { class: "hint", dir: "auto" }, t("why.lead", { user: idText(found.user), score: number(found.score, 2) }), place)),
    ),
    found.reasons.length ? [paths(found), h("h3", {}, t("why.reasons")), reasons(found, scale)] : h("p", {}, t("why.none")),
    h(
      "div",
      { class: "columns" },
      shares(t("why.components"), [t("why.component"), t("why.share")], components),
      past.length > 0 && shares(t("why.past"), [t("why.past.item"), t("why.share")], past),
    ),
    h("p", { class: "hint" }, t("run.of", { run: found.run_id })),
  ];
}

const part = (share) => (share > 0 && share < 0.01 ? `< ${percent(0.01)}` : percent(Math.max(0, share), 0));

function reasons(found, scale) {
  return h(
    "ol",
    { class: "reasons" },
    found.reasons.map((one, n) =>
      h(
        "li",
        { class: `kind-${one.kind}` },
        h("span", { class: "number-mark", "aria-hidden": "true" }, String(n + 1)),
        h("span", { class: "sentence", dir: "auto" }, one.sentence, one.exists === false && ` ${t("why.gone")}`),
        h("span", { class: "share" }, number(one.share, 2), scale > 0 && h("small", {}, ` ${part(one.share / scale)}`)),
      ),
    ),
  );
}
