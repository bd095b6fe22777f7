// Estimates with their intervals: a dot, and a whisker from the lower to the upper end.

import { percent, t } from "../words.js";
import { h, newId, s } from "./dom.js";

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 130;
const ROW = 44;
const AXIS = 30;

/** Return a drawing of estimates; `signed` draws the line of no difference. */
export function whiskers(rows, label, signed = false) {
  const known = rows.filter((row) => row.estimate);
  if (!known.length) return h("p", { class: "hint" }, t("experiment.nothing"));
  const low = Math.min(signed ? 0 : Infinity, ...known.map((row) => row.estimate.low));
  const high = Math.max(signed ? 0 : -Infinity, ...known.map((row) => row.estimate.high));
  const [first, step] = ticks(signed ? low : Math.max(0, low), high);
  const last = first + step * Math.max(1, Math.ceil((high - first) / step - 1e-9));
  const x = (value) => LEFT + ((value - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const height = rows.length * ROW + AXIS;
  const id = newId("whiskers");
  const marks = [];
  for (let at = first; at <= last + step / 2; at += step) marks.push(at);
  return h(
    "div",
    { class: "scroll whiskers", tabindex: "0", role: "group", "aria-label": label },
    s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": id },
      s("title", { id }, known.map((row) => `${row.name}: ${said(row.estimate)}`).join("; ")),
      marks.map((at) => [
        s("line", { x1: x(at), x2: x(at), y1: 4, y2: height - AXIS, class: signed && Math.abs(at) < step / 1e3 ? "zero" : "grid" }),
        s("text", { x: x(at), y: height - 10, "text-anchor": "middle", class: "note" }, percent(at, 1)),
      ]),
      rows.map((row, n) => {
        const y = n * ROW + ROW / 2;
        const one = row.estimate;
        return [
          s("text", { x: 0, y: y + 4, class: "name" }, row.name.length > 27 ? `${row.name.slice(0, 26)}…` : row.name),
          one && s("line", { x1: x(one.low), x2: x(one.high), y1: y, y2: y, class: "whisker" }),
          one && [one.low, one.high].map((end) => s("line", { x1: x(end), x2: x(end), y1: y - 7, y2: y + 7, class: "whisker" })),
          one && s("circle", { cx: x(one.mean), cy: y, r: 6, class: "dot" }),
          s("text", { x: WIDTH, y: y + 4, "text-anchor": "end", class: "note" }, one ? percent(one.mean, 2) : "–"),
        ];
      }),
    ),
  );
}

const said = (one) => t("experiment.said", { mean: percent(one.mean, 2), low: percent(one.low, 2), high: percent(one.high, 2) });

/** Return where an axis begins, and a round step, so that it has about five marks. */
function ticks(low, high) {
  const rough = (high - low || Math.abs(high) || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((one) => one >= rough);
  return [Math.floor(low / step + 1e-9) * step, step];
}
