// What posts say by day: bars for their number, coloured by their tone, and sudden changes.

import { day, number, signed, t } from "../words.js";
import { h, s } from "./dom.js";
import { icon } from "./icons.js";

const DAY = 86_400_000;
const HEIGHT = 28;
/** A tone nearer to 0 is neither good nor bad. */
const NEUTRAL = 0.05;

/** Return a table of trends, and the list of changes. */
export function trends(found) {
  const alerts = found.trends.flatMap((trend) => trend.alerts.map((alert) => ({ trend, alert }))).sort((a, b) => (a.alert.since < b.alert.since ? 1 : -1));
  return [
    alerts.length > 0
      ? h("ul", { class: "findings", id: "alerts" }, alerts.map(({ trend, alert }) => h("li", {}, h("span", { class: "chip warn" }, icon("warn"), t(`trends.${alert.measure}`)), " ", h("b", { dir: "auto" }, name(trend)), " ", changed(alert))))
      : h("p", { class: "hint" }, t("trends.calm")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": t("trends.heading") },
      h(
        "table",
        { class: "data", id: "trends" },
        h("caption", { class: "hint" }, t("trends.rate", { since: day(found.since), until: day(found.until), series: number(found.series), alarms: number(found.rate * found.series, 2) })),
        h("thead", {}, h("tr", {}, ["subject", "posts", "tone", "days"].map((one) => h("th", { scope: "col", class: one === "posts" || one === "tone" ? "right" : "" }, t(`trends.${one}`))))),
        h("tbody", {}, found.trends.map((trend) => h("tr", {}, h("th", { scope: "row", dir: "auto" }, name(trend)), h("td", { class: "right" }, number(trend.posts)), h("td", { class: "right" }, toned(trend.tone)), h("td", {}, bars(trend, found))))),
      ),
    ),
  ];
}

function name(trend) {
  return trend.kind === "all" ? t("trends.all") : (trend.name ?? String(trend.subject));
}

function toned(value) {
  return value === null ? "–" : signed(value, 2);
}

function changed(alert) {
  const values = alert.measure === "tone" ? { before: toned(alert.before), within: toned(alert.within) } : { before: number(alert.before, 1), within: number(alert.within, 1) };
  const key = alert.until === null ? "trends.since" : "trends.between";
  return t(key, { ...values, since: day(alert.since), until: alert.until === null ? "" : day(alert.until) });
}

function bars(trend, found) {
  const first = Date.parse(found.since);
  const size = Math.round((Date.parse(found.until) - first) / DAY) + 1;
  const most = Math.max(1, ...trend.days.map((one) => one.posts));
  return s(
    "svg",
    { class: "trend", viewBox: `0 0 ${size} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    trend.days.map((one) => {
      const height = Math.max(1, (one.posts / most) * HEIGHT);
      const tone = one.tone === null || Math.abs(one.tone) < NEUTRAL ? "" : one.tone > 0 ? "good" : "bad";
      return s("rect", { x: Math.round((Date.parse(one.day) - first) / DAY), y: HEIGHT - height, width: 0.8, height, class: tone });
    }),
  );
}
