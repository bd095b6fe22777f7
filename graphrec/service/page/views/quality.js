// The quality of the data, and how far it has moved on since the training of the active run.

import { get, send } from "../api.js";
import { bar } from "../parts/bars.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { notify } from "../parts/notice.js";
import { head, section } from "../parts/page_head.js";
import { empty } from "../parts/states.js";
import { go, link } from "../router.js";
import { ago, known, number, percent, t } from "../words.js";

const SHARES = /share|since|distance/i;

/** Show the view. */
export async function show(root, place, signal) {
  const found = await get("/quality", {}, signal);
  const check = async () => {
    try {
      const job = await send("POST", "/jobs", { kind: "quality", options: {} }, signal);
      go("work", [job.job_id]);
    } catch (error) {
      if (error.status === undefined) throw error;
      notify([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    }
  };
  const button = found.running
    ? h("a", { class: "button quiet", href: link("work", [found.running]) }, t("quality.running"))
    : h("button", { type: "button", class: "primary", id: "check", on: { click: check } }, icon("quality"), t("quality.check"));
  const lead = found.at ? t("quality.of", { ago: ago(found.at) }) : t("quality.lead");
  put(root, head(t("quality.heading"), lead, button), found.job_id === null ? h("section", { class: "panel" }, empty(t("quality.none"))) : report(found));
  return {};
}

function report(found) {
  const doubtful = found.findings.filter((one) => one.count > 0);
  const fine = [...found.findings, ...found.cut].filter((one) => one.count === 0);
  const cut = found.cut.filter((one) => one.count > 0);
  return [
    h("ul", { class: "figures" }, Object.entries(found.counts).map(([name, count]) => h("li", { class: "panel" }, h("span", { class: "figure" }, number(count)), h("span", { class: "hint" }, known(`count.${name}`, name))))),
    section(
      t("quality.findings"),
      doubtful.length > 0 ? h("ul", { class: "findings" }, doubtful.map(finding)) : h("p", {}, t("quality.fine")),
      fine.length > 0 && h("p", { class: "chips fine" }, fine.map((one) => h("span", { class: "chip good" }, icon("check"), known(`finding.${one.name}`, one.name)))),
    ),
    cut.length > 0 && section(t("quality.cut"), h("ul", { class: "findings" }, cut.map(finding))),
    section(t("quality.drift"), found.drift ? drift(found.drift) : h("p", { class: "hint" }, found.no_drift)),
  ];
}

function finding(one) {
  return h(
    "li",
    {},
    h("div", { class: "finding-head" }, h("b", {}, known(`finding.${one.name}`, one.name)), h("span", {}, t("quality.count", { n: number(one.count), of: number(one.total) }), " ", h("small", { class: "hint" }, percent(one.share, 2)))),
    bar(one.share, "warned"),
    one.detail && h("p", { class: "hint", dir: "auto" }, one.detail),
    one.examples.length > 0 && h("p", { class: "chips" }, one.examples.map((example) => h("span", { class: "chip", dir: "auto" }, Array.isArray(example) ? example.join(" · ") : String(example)))),
  );
}

function drift(found) {
  const due = found.retrainDue;
  const rows = Object.entries(found).filter(([name, value]) => typeof value === "number" && name !== "retrainDue");
  return [
    h("p", {}, h("span", { class: `chip ${due ? "warn" : "good"}` }, icon(due ? "warn" : "check"), t(due ? "drift.due" : "drift.fine", { share: percent(found.sinceTraining) }))),
    h("dl", { class: "facts figures-list" }, rows.map(([name, value]) => [h("dt", {}, known(`drift.${name}`, name)), h("dd", {}, SHARES.test(name) ? percent(value, 2) : number(value))])),
  ];
}
