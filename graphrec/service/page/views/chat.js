// A conversation with the assistant, typed or spoken. What is said lasts while the page is open.

import { events, idText } from "../api.js";
import { strip } from "../parts/cards.js";
import { add, h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { head } from "../parts/page_head.js";
import { canRecord, record } from "../parts/recorder.js";
import { problem } from "../parts/states.js";
import { t } from "../words.js";

const TRIED = ["chat.try.new", "chat.try.why", "chat.try.like", "chat.try.compare"];
let talk = { user: null, conversation: null, said: [] };

/** Show the view. */
export async function show(root, place, signal, context) {
  const about = await context.about();
  if (about.user !== null && talk.user !== idText(about.user)) talk = { user: idText(about.user), conversation: null, said: [] };
  const log = h("ol");
  const box = h("div", { class: "chat", role: "log", tabindex: "0", "aria-label": t("chat.log"), "aria-live": "polite" }, log);
  const view = { log, box, signal, busy: false };
  const again = () => {
    talk = { user: talk.user, conversation: null, said: [] };
    draw(view);
    view.input.focus();
  };
  view.input = h("input", { id: "say", type: "text", autocomplete: "off", maxlength: "1000", required: true });
  view.send = h("button", { type: "submit", class: "primary" }, t("chat.send"));
  view.microphone = microphone(view);
  const submit = (event) => {
    event.preventDefault();
    const words = view.input.value.trim();
    if (!words || view.busy) return;
    view.input.value = "";
    say(view, words);
  };
  const form = h(
    "form",
    { class: "field", on: { submit } },
    h("label", { for: "say" }, t("chat.say")),
    h("div", { class: "row" }, view.input, view.microphone, view.send),
  );
  put(
    root,
    head(t("chat.heading"), t("chat.lead"), h("button", { type: "button", class: "quiet", id: "chat-new", on: { click: again } }, t("chat.new"))),
    h("section", { class: "panel" }, about.user === null && who(again), box, form),
  );
  draw(view);
}

/** Return the field for the user whose taste counts. */
function who(again) {
  const input = h("input", { id: "chat-user", type: "text", value: talk.user ?? "", autocomplete: "off", maxlength: "1000" });
  input.addEventListener("change", () => {
    talk.user = input.value.trim() || null;
    again();
  });
  return h("div", { class: "field" }, h("label", { for: "chat-user" }, t("chat.user")), input);
}

function draw(view) {
  put(view.log, talk.said.map((one) => bubble(view, one)));
  if (talk.said.length) return;
  const tried = TRIED.map((key) => h("button", { type: "button", class: "chip", on: { click: () => say(view, t(key)) } }, t(key)));
  add(view.log, h("li", { class: "said assistant" }, h("p", {}, t("chat.start")), h("div", { class: "chips" }, tried)));
}

/** Return what somebody said, or a part that is filled while an answer comes. */
function bubble(view, one) {
  const mine = one.who === "person";
  const words = h("p", { class: "words", dir: "auto" }, one.text);
  const items = one.items?.length > 0 && strip(one.items, t("chat.items"));
  const speaker = h("span", { class: "spoken" }, t(mine ? "chat.you" : "chat.assistant"));
  const how = one.how && h("p", { class: "hint" }, t("chat.how", { understood: one.understood, how: one.how }));
  const last = one === talk.said.at(-1);
  return h("li", { class: `said ${one.who}` }, speaker, words, items, one.asks && last && answers(view), how, one.error && problem(one.error));
}

function answers(view) {
  const button = (key, kind) => h("button", { type: "button", class: kind, on: { click: () => say(view, t(key)) } }, t(key));
  return h("div", { class: "actions" }, button("chat.yes", "primary"), button("chat.no", "quiet"));
}

function say(view, words) {
  const body = { text: words, user_id: talk.user, conversation: talk.conversation };
  return turn(view, words, "/chat", body);
}

/** Send a turn, and show the answer as it comes. */
async function turn(view, words, url, body) {
  if (view.busy) return;
  busy(view, true);
  const mine = { who: "person", text: words };
  const answer = { who: "assistant", text: t("chat.waiting") };
  const current = talk;
  current.said.push(mine, answer);
  draw(view);
  let first = true;
  const tell = (name, data) => {
    if (name === "understood") mine.text = data.said;
    if (name === "items") answer.items = data.items;
    if (name === "text") {
      answer.text = first ? data.text : answer.text + data.text;
      first = false;
    }
    if (name === "done") {
      current.conversation = data.conversation;
      Object.assign(answer, { text: data.text, asks: data.asks, understood: data.understood, how: data.how });
    }
    if (talk === current) refresh(view);
  };
  try {
    await events(url, body, view.signal, tell);
    if (!answer.how) answer.error = Object.assign(new Error(t("chat.broken")), { hint: "" });
  } catch (error) {
    if (error.name === "AbortError") return;
    Object.assign(answer, { text: "", error });
  } finally {
    busy(view, false);
  }
  if (talk === current) refresh(view);
  view.input.focus();
}

function busy(view, is) {
  view.busy = is;
  view.send.disabled = is;
  view.box.setAttribute("aria-busy", String(is));
}

/** Draw the last two parts anew: a screen reader then reads these alone. */
function refresh(view) {
  const parts = talk.said.slice(-2).map((one) => bubble(view, one));
  for (const old of [...view.log.children].slice(-2)) old.remove();
  add(view.log, parts);
  view.box.scrollTop = view.box.scrollHeight;
}

/** Return the button that records what is said; without a microphone it says why. */
function microphone(view) {
  const button = h("button", { type: "button", class: "icon-button", id: "microphone", "aria-pressed": "false", "aria-label": t("chat.record"), title: t("chat.record") }, icon("microphone"));
  if (!canRecord()) {
    button.disabled = true;
    button.title = t("chat.no_microphone");
    return button;
  }
  let stop = null;
  const pressed = (is) => {
    button.setAttribute("aria-pressed", String(is));
    button.setAttribute("aria-label", t(is ? "chat.stop" : "chat.record"));
    put(button, icon(is ? "stop" : "microphone"));
  };
  view.signal.addEventListener("abort", () => stop?.(false));
  button.addEventListener("click", async () => {
    if (view.busy) return;
    if (stop) {
      stop(true);
      return;
    }
    try {
      const recording = await record();
      stop = recording.stop;
      pressed(true);
      const sound = await recording.sound;
      if (sound) spoken(view, sound);
    } catch (error) {
      talk.said.push({ who: "assistant", text: "", error: Object.assign(new Error(t("chat.no_microphone")), { hint: error.message }) });
      draw(view);
    } finally {
      stop = null;
      pressed(false);
    }
  });
  return button;
}

function spoken(view, sound) {
  const body = new FormData();
  body.append("file", sound, "said.wav");
  if (talk.user) body.append("user_id", talk.user);
  if (talk.conversation) body.append("conversation", talk.conversation);
  return turn(view, t("chat.hearing"), "/chat/recording", body);
}
