// An online test: published runs side by side, what was shown by each, and what followed.

import { get } from "../api.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { head, section } from "../parts/page_head.js";
import { hinted } from "../parts/states.js";
import { whiskers } from "../parts/whiskers.js";
import { ago, number, percent, t } from "../words.js";

/** Show the view. */
export async function show(root, place, signal) {
  const found = await get("/experiment", {}, signal);
  const lead = found.since ? t("experiment.since", { ago: ago(found.since) }) : t("experiment.lead");
  put(root, head(t("experiment.heading"), lead), found.arms.length ? report(found) : none());
  return {};
}

function none() {
  return h(
    "section",
    { class: "panel" },
    h("p", {}, t("experiment.none")),
    h("pre", { class: "log" }, "[serve.experiment]\n\"20261130-090000-0a1b\" = 0.5\n\"20261201-090000-9c8d\" = 0.5"),
    h("p", { class: "hint" }, hinted(t("experiment.how"))),
  );
}

function report(found) {
  const arms = found.arms;
  const differences = Object.entries(found.differences).filter(([, one]) => one !== null);
  const warnings = [
    found.trustworthy ? null : t("experiment.mismatch", { p: number(found.sample_ratio, 5) }),
    found.left_out ? t("experiment.left_out", { n: number(found.left_out) }) : null,
    found.undated.length ? t("experiment.undated", { types: found.undated.join(", ") }) : null,
  ].filter(Boolean);
  return [
    warnings.map((words) => h("p", { class: "stale" }, icon("warn"), words)),
    section(
      t("experiment.conversion"),
      h("p", { class: "hint" }, t("experiment.interval")),
      whiskers(arms.map((arm) => ({ name: arm.run_id, estimate: arm.conversion })), t("experiment.conversion")),
    ),
    differences.length > 0 &&
      section(
        t("experiment.difference", { run: arms[0].run_id }),
        whiskers(differences.map(([name, estimate]) => ({ name, estimate })), t("experiment.difference", { run: arms[0].run_id }), true),
        h("p", {}, differences.map(([name, one]) => h("span", { class: "verdict" }, verdict(name, one)))),
      ),
    section(t("experiment.arms"), table(arms)),
  ];
}

function verdict(run, { low, high }) {
  if (low > 0) return t("experiment.better", { run });
  return high < 0 ? t("experiment.worse", { run }) : t("experiment.open", { run });
}

function table(arms) {
  const columns = ["run", "share", "users", "converted", "conversion", "impressions", "reacted", "needed"];
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": t("experiment.arms") },
    h(
      "table",
      { class: "data" },
      h("caption", { class: "spoken" }, t("experiment.arms")),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col", class: name === "run" ? "" : "right" }, t(`arm.${name}`))))),
      h(
        "tbody",
        {},
        arms.map((arm) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("code", {}, arm.run_id), !arm.served && h("span", { class: "chip warn" }, t("arm.not_served"))),
            h("td", { class: "right" }, percent(arm.share)),
            ["users", "converted"].map((name) => h("td", { class: "right" }, number(arm[name]))),
            h("td", { class: "right" }, arm.conversion ? percent(arm.conversion.mean, 2) : "–"),
            ["impressions", "reacted", "needed"].map((name) => h("td", { class: "right" }, number(arm[name]))),
          ),
        ),
      ),
    ),
  );
}
