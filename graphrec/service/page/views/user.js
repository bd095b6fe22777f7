// A user: what they did, what they are recommended and why, and what would change it. All changes are in the address,
// so they can be shared, and "back" undoes one.

import { get, idText, path, send } from "../api.js";
import { cards, strip, action } from "../parts/cards.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { notify } from "../parts/notice.js";
import { field, head, section } from "../parts/page_head.js";
import { fill, loading, problem } from "../parts/states.js";
import { Changes, changesPanel, keyed } from "../parts/tryout.js";
import { go, link } from "../router.js";
import { known, number, t, when } from "../words.js";
import { showWhy } from "./why.js";

const SHOWN = 20;

/** Show the view. */
export async function show(root, place, signal, context) {
  if (place.parts.length === 0) return finder(root, signal, context);
  if (place.parts[1] === "compare") return (await import("./compare.js")).show(root, place, signal, context);
  const user = place.parts[0];
  // While Neo4j is away, what is left is the list that was given before.
  const [about, detail] = await Promise.all([unlessAway(context.about(), NOTHING), unlessAway(get(path`/users/${user}`, { k: 60 }, signal), null)]);
  const shown = new UserView(user, detail, about, signal);
  put(root, shown.frame());
  await shown.take(place);
  return { move: (next) => next.parts[0] === user && next.parts[1] !== "compare" && (shown.take(next), true) };
}

const NOTHING = { scopes: [], behaviours: [], searches: [], filters: [], user: null };

async function unlessAway(answer, otherwise) {
  try {
    return await answer;
  } catch (error) {
    if (error.status === 503) return otherwise;
    throw error;
  }
}

class UserView {
  constructor(user, detail, about, signal) {
    Object.assign(this, { user, detail, about, signal });
    this.titles = new Map((detail?.behaviours ?? []).map((one) => [idText(one.item_id), one.title]));
    this.list = h("div", { class: "list", "aria-live": "polite" });
    this.panel = h("div", {});
    const wide = matchMedia("(min-width: 961px)").matches;
    this.side = h("aside", { class: "tryout panel" }, h("details", { open: wide }, h("summary", {}, h("h2", {}, t("try.heading"))), this.panel));
    this.base = null;
    this.asked = null;
    this.fresh = false; // whether something has been recorded meanwhile
    this.keys = new Map(); // of events that are not stored yet
  }

  frame() {
    const { detail, about } = this;
    if (detail === null) return [head(t("user.heading", { id: this.user })), h("section", { class: "panel" }, h("h2", {}, t("user.recommended")), this.list)];
    const chips = h(
      "ul",
      { class: "chips" },
      h("li", { class: "chip" }, t("user.did", { n: number(detail.total) })),
      h("li", { class: `chip ${detail.in_run ? "good" : ""}` }, t(detail.in_run ? "user.known" : "user.folded")),
    );
    const compare = about.scopes.includes("admin") && h("a", { class: "button quiet", href: link("user", [this.user, "compare"]) }, icon("compare"), t("compare.open"));
    const done = detail.behaviours.length
      ? strip(detail.behaviours, t("user.past"), (one) => h("small", {}, one.at ? when(one.at) : known(`did.${one.type}`, one.type)))
      : h("p", { class: "hint" }, t("user.nothing"));
    return [
      h("div", { class: "head" }, h("div", {}, h("h1", { tabindex: "-1", dir: "auto" }, t("user.heading", { id: idText(detail.user_id) })), chips), h("div", { class: "actions" }, compare)),
      section(t("user.past"), done),
      h("div", { class: "with-side" }, h("section", { class: "panel" }, h("h2", {}, t("user.recommended")), this.list), this.side),
    ];
  }

  /** Show the list with the changes of an address. */
  async take(place) {
    const changes = Changes.of(place.query);
    if (place.parts[1] === "why" && place.parts[2]) {
      showWhy(this.user, place.parts[2], this.signal, () => go("user", [this.user], changes.query()));
    } else document.querySelector("dialog.side")?.close();
    const asked = changes.query().toString();
    if (asked === this.asked) return;
    this.asked = asked;
    this.changes = changes;
    put(this.panel, changesPanel(this));
    this.name(changes);
    if (this.list.childElementCount === 0) put(this.list, loading());
    this.list.setAttribute("aria-busy", "true");
    try {
      this.base ??= await get(path`/users/${this.user}/recommendations`, { k: SHOWN, now: this.fresh ? "true" : null }, this.signal);
      const answer = changes.empty ? this.base : await send("POST", path`/users/${this.user}/preview`, changes.body(SHOWN), this.signal);
      if (asked === this.asked) this.draw(answer, changes);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === undefined) throw error;
      if (asked === this.asked) put(this.list, problem(error, () => this.again()));
    } finally {
      if (asked === this.asked) this.list.removeAttribute("aria-busy");
    }
  }

  /** Look up the titles of items that only the address names. */
  async name({ lists }) {
    const unknown = [...lists.like, ...lists.dislike, ...lists.exclude].filter((id) => !this.titles.has(id));
    for (const id of unknown) {
      this.titles.set(id, id);
      get(path`/items/${id}`, {}, this.signal).then(({ title }) => {
        this.titles.set(id, title);
        put(this.panel, changesPanel(this));
      }, () => {});
    }
  }

  again() {
    const place = { query: this.changes.query(), parts: [this.user] };
    this.asked = null;
    this.base = null;
    put(this.list);
    this.take(place);
  }

  draw(answer, changes) {
    for (const item of answer.items) this.titles.set(idText(item.item_id), item.title);
    const before = changes.empty ? null : new Map(this.base.items.map((item) => [idText(item.item_id), item.rank]));
    put(
      this.list,
      answer.stale && h("p", { class: "stale", role: "status" }, icon("warn"), t("stale")),
      !changes.empty && h("p", { class: "hint" }, t("try.compared")),
      answer.items.length ? cards(answer.items, { before, actions: this.detail && ((item) => this.actions(item, changes)) }) : h("p", { class: "hint" }, t("list.none")),
      answer.reason && h("p", { class: "hint", dir: "auto" }, answer.reason),
      h("p", { class: "hint" }, t("run.of", { run: answer.run_id })),
    );
    put(this.panel, changesPanel(this));
  }

  actions(item, changes) {
    const id = idText(item.item_id);
    const change = (name) => () => this.change((next) => next.toggle(name, id));
    return [
      action("like", t("act.like", { title: item.title }), change("like"), changes.has("like", id)),
      action("dislike", t("act.dislike", { title: item.title }), change("dislike"), changes.has("dislike", id)),
      action("leave", t("act.leave", { title: item.title }), change("exclude"), changes.has("exclude", id)),
      action("why", t("act.why", { title: item.title }), () => go("user", [this.user, "why", id], changes.query())),
    ];
  }

  /** Change the changes, and with them the address. */
  change(act) {
    const next = this.changes.copy();
    act(next);
    go("user", [this.user], next.query());
  }

  /** Store what was tried as events of the user. */
  async record(type, negative) {
    try {
      const events = keyed(this.changes.events(this.user, this.about, type, negative), this.keys);
      await send("POST", "/events", { events });
      this.keys.clear();
      notify(t("record.done", { n: number(events.length) }), "good");
      this.fresh = true;
      this.base = null;
      this.asked = null;
      go("user", [this.user]);
      if (location.hash === link("user", [this.user])) this.take({ query: new URLSearchParams(), parts: [this.user] });
    } catch (error) {
      if (error.status === undefined) throw error;
      notify([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    }
  }
}

async function finder(root, signal, context) {
  const about = await context.about();
  if (about.user !== null) {
    go("user", [idText(about.user)], null, true);
    return {};
  }
  const found = h("div", { "aria-live": "polite" });
  const list = async (q) => {
    const answer = await get("/users", { q, k: 24 }, signal);
    if (!answer.users.length) return h("p", { class: "hint" }, t("find.user.none"));
    return h(
      "ul",
      { class: "tiles" },
      answer.users.map((one) =>
        h(
          "li",
          {},
          h(
            "a",
            { class: "tile", href: link("user", [idText(one)]) },
            icon("user"),
            h("b", { dir: "auto" }, idText(one)),
          ),
        ),
      ),
    );
  };
  const admin = about.scopes.includes("admin");
  const form = field("find-user", t("find.user.label"), t("find.open"), (id) => go("user", [id]));
  put(root, head(t("find.user.heading"), t("find.user.lead")), h("section", { class: "panel" }, form, admin && found));
  if (!admin) return {};
  let timer = null;
  form.querySelector("input").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => fill(found, signal, () => list(event.target.value.trim())), 250);
  });
  await fill(found, signal, () => list(""));
  return {};
}
