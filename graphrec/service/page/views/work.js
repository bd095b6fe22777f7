// Long work: start it, follow its progress and its log, stop it.

import { get, path, send } from "../api.js";
import { confirm } from "../parts/dialog.js";
import { h, newId, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { notify } from "../parts/notice.js";
import { head, section } from "../parts/page_head.js";
import { hinted } from "../parts/states.js";
import { go, link } from "../router.js";
import { ago, duration, known, moment, number, percent, t } from "../words.js";

const EVERY = 1_500; // milliseconds between two looks
const KINDS = ["train", "publish", "update", "embed", "quality"];

/** Show the view. */
export async function show(root, place, signal, context) {
  return place.parts.length ? one(root, place.parts[0], signal, context) : all(root, signal);
}

async function all(root, signal) {
  const [{ runs, unpublished }, first] = await Promise.all([get("/runs", {}, signal), get("/jobs", {}, signal)]);
  const names = [...unpublished, ...new Set(runs.map((run) => run.run_id.split("~")[0]))];
  const list = h("div", { "aria-live": "polite" });
  const draw = ({ jobs }) => put(list, jobs.length ? h("ul", { class: "jobs" }, jobs.map(row)) : h("p", { class: "hint" }, t("work.none")));
  put(root, head(t("work.heading"), t("work.lead")), h("div", { class: "tiles starts" }, KINDS.map((kind) => starter(kind, names, signal))), section(t("work.jobs"), list));
  draw(first);
  repeat(signal, async () => draw(await get("/jobs", {}, signal)));
  return {};
}

function starter(kind, runs, signal) {
  const fields = { train: trainFields, publish: () => publishFields(runs), update: updateFields, embed: () => [], quality: () => [] }[kind]();
  const submit = async (event) => {
    event.preventDefault();
    const options = {};
    for (const control of event.target.querySelectorAll("[name]")) {
      if (control.type === "checkbox") { if (control.checked) options[control.name] = true; }
      else if (control.value !== "") options[control.name] = control.type === "number" ? Number(control.value) : control.value;
    }
    try {
      const job = await send("POST", "/jobs", { kind, options }, signal);
      go("work", [job.job_id]);
    } catch (error) {
      if (error.status === undefined) throw error;
      notify([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    }
  };
  const impossible = kind === "publish" && runs.length === 0;
  return h(
    "form",
    { class: "panel start", "data-kind": kind, on: { submit } },
    h("h2", {}, t(`job.${kind}`)),
    h("p", { class: "hint" }, t(`job.${kind}.does`)),
    fields,
    h("button", { type: "submit", class: "quiet", disabled: impossible, "aria-label": `${t("work.start")}: ${t(`job.${kind}`)}` }, icon("play"), t("work.start")),
  );
}

function labelled(words, control) {
  control.id = newId("option");
  return h("div", { class: "field" }, h("label", { for: control.id }, words), control);
}

const numeric = (name, words, least) => labelled(words, h("input", { name, type: "number", min: least, step: 1, placeholder: t("work.default"), inputmode: "numeric" }));
const ticked = (name, words) => h("label", { class: "row tick" }, h("input", { name, type: "checkbox" }), words);
const trainFields = () => h("div", { class: "pair" }, numeric("epochs", t("option.epochs"), 1), numeric("seed", t("option.seed"), 0));
const updateFields = () => [ticked("embed", t("option.embed")), ticked("prune", t("option.prune"))];
const publishFields = (runs) => labelled(t("option.run"), h("select", { name: "run", required: true }, runs.map((run) => h("option", { value: run }, run))));

function row(job) {
  return h(
    "li",
    {},
    h("a", { class: "job", href: link("work", [job.job_id]) }, h("b", {}, known(`job.${job.kind}`, job.kind)), h("span", { class: `chip ${tone(job)}` }, t(`job.state.${job.state}`)), h("span", { class: "hint" }, ago(job.created_at), job.by === "schedule" && ` · ${t("job.by.schedule")}`)),
    running(job) && progress(job),
  );
}

const running = (job) => job.state === "running" || job.state === "queued";
const tone = (job) => ({ done: "good", failed: "bad", running: "warn", queued: "warn" })[job.state] ?? "";

function progress(job) {
  const told = job.progress;
  const bar = h("progress", told?.total ? { max: told.total, value: told.done ?? 0 } : {});
  const said = told ? [told.what, told.total ? percent((told.done ?? 0) / told.total, 0) : null].filter(Boolean).join(" · ") : t("work.waiting");
  const id = newId("progress");
  bar.setAttribute("aria-labelledby", id);
  return h("div", { class: "progress" }, h("span", { id, class: "hint" }, said), bar);
}

async function one(root, id, signal, context) {
  let job = await get(path`/jobs/${id}`, {}, signal);
  const state = h("div", { class: "job-state" });
  const log = h("pre", { class: "log", tabindex: "0", role: "log", "aria-label": t("work.log") });
  const stop = async () => {
    if (!(await confirm(t("work.stop.heading"), t("work.stop.ask", { kind: known(`job.${job.kind}`, job.kind) }), t("work.stop"), true))) return;
    try {
      await send("DELETE", path`/jobs/${id}`, undefined, signal);
      notify(t("work.stopping"));
    } catch (error) {
      if (error.status === undefined) throw error;
      notify(error.message, "bad");
    }
  };
  const button = h("button", { type: "button", class: "danger", id: "stop", on: { click: stop } }, icon("stop"), t("work.stop"));
  const back = h("a", { class: "button quiet", href: link("work") }, icon("back"), t("work.jobs"));
  const draw = () => {
    const took = job.started_at ? (new Date(job.ended_at ?? Date.now()) - new Date(job.started_at)) / 1000 : null;
    const options = Object.entries(job.options).map(([name, value]) => `${name} = ${value}`).join(", ");
    button.hidden = !running(job);
    put(
      state,
      h("p", { class: "chips" }, h("span", { class: `chip ${tone(job)}` }, t(`job.state.${job.state}`)), h("span", { class: "chip" }, moment(job.created_at)), took !== null && h("span", { class: "chip" }, duration(took)), options && h("span", { class: "chip" }, options)),
      running(job) && progress(job),
      job.message && h("p", { class: "problem" }, icon("warn"), h("span", { dir: "auto" }, hinted(job.message))),
      job.result !== null && job.result !== undefined && results(job.result),
    );
  };
  put(root, head(known(`job.${job.kind}`, job.kind), id, back, button), section(t("work.state"), state), section(t("work.log"), log));
  draw();
  let offset = 0;
  const follow = async () => {
    const part = await get(path`/jobs/${id}/log`, { offset }, signal);
    const below = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.append(part.text);
    offset = part.offset;
    if (below) log.scrollTop = log.scrollHeight;
    const before = job.state;
    job = await get(path`/jobs/${id}`, {}, signal);
    draw();
    if (before !== job.state && job.state === "done") context.about(true);
    return part.ended && !running(job);
  };
  if (!(await follow())) repeat(signal, follow);
  return {};
}

function results(result) {
  const plain = typeof result === "object" && !Array.isArray(result) ? Object.entries(result).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value)) : [];
  return [
    plain.length > 0 && h("dl", { class: "facts" }, plain.slice(0, 24).map(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, typeof value === "number" ? number(value, 4) : String(value))])),
    h("details", {}, h("summary", {}, t("work.result")), h("pre", { class: "log" }, JSON.stringify(result, null, 2))),
  ];
}

/** Do something again and again until it gives true, or the view is left. */
function repeat(signal, act) {
  const again = () => setTimeout(async () => {
    if (signal.aborted) return;
    try {
      if (document.visibilityState === "visible" && (await act())) return;
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === undefined) throw error; // else the service may be back at the next look
    }
    again();
  }, EVERY);
  again();
}
