// Two published runs for one user, side by side.

import { get, idText, path } from "../api.js";
import { h, put, s } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { head } from "../parts/page_head.js";
import { poster } from "../parts/poster.js";
import { fill } from "../parts/states.js";
import { go, link } from "../router.js";
import { number, percent, t } from "../words.js";

const MOST = 10;
const ROW = 64; // as in style.css
const GAP = 120;

/** Show the view. */
export async function show(root, place, signal) {
  const user = place.parts[0];
  const { runs } = await get("/runs", {}, signal);
  const ready = runs.filter((run) => run.state === "ready").map((run) => run.run_id);
  const back = h("a", { class: "button quiet", href: link("user", [user]) }, icon("back"), t("user.heading", { id: user }));
  const body = h("div", { class: "list", "aria-live": "polite" });
  const title = head(t("compare.heading", { id: user }), t("compare.lead"), back);
  if (ready.length < 2) {
    put(root, title, h("section", { class: "panel" }, h("p", {}, t("compare.few")), h("a", { class: "button primary", href: link("overview") }, t("compare.publish"))));
    return {};
  }
  let chosen = [];
  const selects = [0, 1].map((n) =>
    h("select", { id: `run-${n}`, on: { change: () => go("user", [user, "compare"], selects.map((one) => ["run", one.value])) } }, ready.map((run) => h("option", { value: run }, run))),
  );
  const take = (next) => {
    if (next.parts[0] !== user || next.parts[1] !== "compare") return false;
    const asked = next.query.getAll("run").filter((run) => ready.includes(run));
    chosen = [asked[0] ?? ready[0], asked[1] ?? ready.find((run) => run !== (asked[0] ?? ready[0]))];
    selects.forEach((one, n) => { one.value = chosen[n]; });
    fill(body, signal, async () => drawn(await get(path`/comparison/${user}`, { run: chosen, k: MOST }, signal)));
    return true;
  };
  const choice = h("div", { class: "run-choice" }, selects.map((one, n) => h("div", { class: "field" }, h("label", { for: one.id }, t(n ? "compare.right" : "compare.left")), one)));
  put(root, title, h("section", { class: "panel" }, choice, body));
  take(place);
  return { move: take };
}

function drawn({ runs: [left, right] }) {
  const places = new Map(right.items.map((item, n) => [idText(item.item_id), n]));
  const shared = left.items.map((item, n) => [n, places.get(idText(item.item_id))]).filter(([, to]) => to !== undefined);
  const height = Math.max(left.items.length, right.items.length) * ROW;
  const lines = shared.map(([from, to]) => {
    const [y1, y2] = [from, to].map((n) => n * ROW + ROW / 2);
    return s("path", { d: `M0 ${y1} C${GAP / 2} ${y1} ${GAP / 2} ${y2} ${GAP} ${y2}`, class: from === to ? "same" : from > to ? "up" : "down" });
  });
  const most = Math.max(left.items.length, right.items.length, 1);
  return [
    h("p", { class: "hint" }, t("compare.shared", { n: number(shared.length), of: number(most), share: percent(shared.length / most, 0) })),
    h(
      "div",
      { class: "compared" },
      ranked(left, new Set(shared.map(([from]) => from))),
      s("svg", { viewBox: `0 0 ${GAP} ${height}`, preserveAspectRatio: "none", height, class: "lines", "aria-hidden": "true" }, lines),
      ranked(right, new Set(shared.map(([, to]) => to))),
    ),
  ];
}

function ranked(list, both) {
  if (!list.items.length) return h("p", { class: "hint" }, t(list.known ? "list.none" : "compare.unknown"));
  return h(
    "ol",
    { class: "ranked", "aria-label": list.run_id },
    list.items.map((item, n) =>
      h(
        "li",
        { class: both.has(n) ? "" : "only" },
        h("span", { class: "place" }, String(item.rank)),
        poster(item.item_id, item.title, "tiny"),
        h("a", { class: "title", href: link("item", [idText(item.item_id)]), dir: "auto" }, item.title),
        !both.has(n) && h("span", { class: "chip" }, t("compare.only")),
      ),
    ),
  );
}
