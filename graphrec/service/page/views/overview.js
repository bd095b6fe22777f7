// What is there: the graph, the active run beside its peers, the history of runs, how fresh and how quick all is.

import { get, idText, metrics, path, send } from "../api.js";
import { bar } from "../parts/bars.js";
import { confirm } from "../parts/dialog.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { notify } from "../parts/notice.js";
import { head, section } from "../parts/page_head.js";
import { readMetrics } from "../parts/prometheus.js";
import { schema } from "../parts/schema.js";
import { fill, hinted } from "../parts/states.js";
import { trends } from "../parts/trends.js";
import { go, link } from "../router.js";
import { ago, duration, known, moment, number, percent, signed, t } from "../words.js";

const ROUTES = 8;

/** Show the view. */
export async function show(root, place, signal, context) {
  const about = await context.about(true);
  if (!about.scopes.includes("admin")) return welcome(root, about);
  const again = () => show(root, place, signal, context);
  const found = await get("/overview", {}, signal);
  const load = h("div", {});
  const posts = h("div", {});
  const spoken = found.graph && found.graph.relations.some((one) => one.type === "MENTIONS");
  put(
    root,
    head(t("overview.heading"), t("overview.lead")),
    about.run_id === null && nextSteps(found),
    found.problem && h("p", { class: "stale" }, icon("warn"), found.problem),
    found.graph && tiles(found),
    h("div", { class: "columns wide" }, found.metrics && activeRun(found), section(t("overview.service"), load)),
    spoken && section(t("trends.heading"), posts),
    found.graph && section(t("overview.schema"), schema(found.graph)),
    found.history.length > 0 && section(t("overview.history"), history(found.history, again)),
  );
  if (spoken) fill(posts, signal, async () => trends(await get("/trends", {}, signal)));
  fill(load, signal, async () => service(readMetrics(await metrics(signal))));
  return {};
}

function welcome(root, about) {
  const ways = [["user", about.user === null ? [] : [idText(about.user)]], ["item", []], ["search", []]];
  put(
    root,
    head(t("overview.heading"), t("overview.reader")),
    h("ul", { class: "tiles" }, ways.map(([name, parts]) => h("li", {}, h("a", { class: "tile", href: link(name, parts) }, icon(name), h("b", {}, t(`nav.${name}`)))))),
  );
  return {};
}

function nextSteps(found) {
  const steps = found.graph ? ["train", "publish"] : ["load", "train", "publish"];
  return h(
    "section",
    { class: "panel empty-start" },
    h("h2", {}, t("start.heading")),
    h("ol", { class: "steps" }, steps.map((name) => h("li", {}, h("span", {}, hinted(t(`start.${name}`)))))),
    h("div", { class: "actions" }, h("a", { class: "button primary", href: link("work") }, icon("work"), t("start.work"))),
  );
}

function tiles({ graph, freshness }) {
  const behaviours = Object.values(graph.behaviours).reduce((sum, one) => sum + one, 0);
  const rows = [["users", graph.users, freshness.users], ["items", graph.items, freshness.items], ["entities", graph.entities, 0], ["behaviours", behaviours, freshness.behaviours]];
  return h(
    "ul",
    { class: "figures" },
    rows.map(([name, value, more]) =>
      h("li", { class: "panel" }, h("span", { class: "figure" }, number(value)), h("span", { class: "hint" }, t(`count.${name}`)), more !== 0 && h("span", { class: "chip warn" }, t("overview.since", { n: signed(more) }))),
    ),
  );
}

function activeRun({ metrics: told, peers, freshness, schedule }) {
  const shown = Object.entries(told).filter(([name, value]) => name.includes("@") && typeof value === "number");
  const rows = peers.rows.length ? [...peers.rows, ...(peers.value === null ? [] : [{ name: t("overview.this_run"), value: peers.value, own: true }])] : [];
  const best = Math.max(...rows.map((row) => row.value), 1e-9);
  return section(
    t("overview.run"),
    h("p", { class: "run-name" }, freshness.run_id),
    h("p", { class: "hint" }, t("overview.published", { ago: ago(freshness.published_at) }), schedule && ` · ${scheduled(schedule)}`),
    h("dl", { class: "metrics" }, shown.map(([name, value]) => h("div", {}, h("dd", {}, number(value, 3)), h("dt", {}, t("overview.validation", { name }))))),
    rows.length
      ? h(
          "table",
          { class: "shares" },
          h("caption", {}, t("overview.peers", { metric: peers.metric })),
          h("tbody", {}, rows.sort((a, b) => b.value - a.value).map((row) => h("tr", { class: row.own ? "own" : "" }, h("th", { scope: "row" }, row.name), h("td", {}, bar(row.value / best, row.own ? "" : "item"), h("span", { class: "number" }, number(row.value, 3)))))),
        )
      : peers.note && h("p", { class: "hint" }, hinted(peers.note)),
  );
}

function scheduled(schedule) {
  if (schedule.paused) return t("overview.paused", { why: schedule.paused });
  return t("overview.next", { at: moment(schedule.next_at), every: duration(schedule.every) });
}

function service(found) {
  const routes = found.routes.filter((one) => one.count > 0).slice(0, ROUTES);
  const answers = Object.entries(found.answers).filter(([, count]) => count > 0);
  return [
    h(
      "dl",
      { class: "metrics" },
      [
        ["overview.requests", number(found.requests)],
        ["overview.errors", found.requests ? percent(found.errors / found.requests, 2) : "–"],
        ["overview.p50", duration(found.p50)],
        ["overview.p99", duration(found.p99)],
      ].map(([name, value]) => h("div", {}, h("dd", {}, value), h("dt", {}, t(name)))),
    ),
    answers.length > 0 && h("p", { class: "chips" }, answers.map(([name, count]) => h("span", { class: "chip" }, known(`answers.${name}`, name), " ", number(count)))),
    routes.length > 0 &&
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": t("overview.routes") },
        h(
          "table",
          { class: "data" },
          h("caption", { class: "spoken" }, t("overview.routes")),
          h("thead", {}, h("tr", {}, [h("th", { scope: "col" }, t("overview.route")), ...["requests", "p50", "p99"].map((name) => h("th", { scope: "col", class: "right" }, t(`overview.${name}`)))])),
          h("tbody", {}, routes.map((one) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, one.route)), h("td", { class: "right" }, number(one.count)), h("td", { class: "right" }, duration(one.p50)), h("td", { class: "right" }, duration(one.p99))))),
        ),
      ),
  ];
}

function history(runs, again) {
  const act = async (run) => {
    const back = run.can === "rollback";
    const name = back ? "rollback" : "publish";
    if (!(await confirm(t(`${name}.heading`), t(`${name}.ask`, { run: run.run_id }), t(`${name}.act`)))) return;
    try {
      if (back) {
        await send("POST", "/runs/rollback");
        notify(t("rollback.done", { run: run.run_id }), "good");
        again();
      } else {
        const job = await send("POST", path`/runs/${run.run_id}/publish`);
        go("work", [job.job_id]);
      }
    } catch (error) {
      if (error.status === undefined) throw error;
      notify([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    }
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": t("overview.history") },
    h(
      "table",
      { class: "data" },
      h("caption", { class: "spoken" }, t("overview.history")),
      h("thead", {}, h("tr", {}, ["run", "state", "published_at", "valid", "test", "action"].map((name) => h("th", { scope: "col", class: ["valid", "test", "action"].includes(name) ? "right" : "" }, t(`history.${name}`, { metric: runs[0].metric }))))),
      h(
        "tbody",
        {},
        runs.map((run) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("code", {}, run.run_id)),
            h("td", {}, h("span", { class: `chip ${run.active ? "good" : ""}` }, run.active ? t("state.active") : known(`state.${run.state}`, run.state))),
            h("td", {}, run.published_at ? h("time", { datetime: run.published_at, title: moment(run.published_at) }, ago(run.published_at)) : "–"),
            h("td", { class: "right" }, number(run.validation, 4)),
            h("td", { class: "right" }, number(run.test, 4)),
            h("td", { class: "right" }, run.can && h("button", { type: "button", class: "quiet small", "data-act": run.can, on: { click: () => act(run) } }, t(`${run.can}.act`))),
          ),
        ),
      ),
    ),
  );
}
