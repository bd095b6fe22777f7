// What a visitor tries on a user: likes, dislikes, searches, filters, a category, items left out.

import { known, number, t } from "../words.js";
import { confirm } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const LISTS = ["like", "dislike", "exclude", "search", "where"];

/** The changes, as the query of the address has them. */
export class Changes {
  constructor(lists, category, context) {
    Object.assign(this, { lists, category, context });
  }

  static of(query) {
    const lists = Object.fromEntries(LISTS.map((name) => [name, [...new Set(query.getAll(name))]]));
    const context = Object.fromEntries([...query].filter(([name]) => name.startsWith("p.")).map(([name, value]) => [name.slice(2), value]));
    return new Changes(lists, query.get("category") ?? "", context);
  }

  copy() {
    return Changes.of(this.query());
  }

  query() {
    const asked = new URLSearchParams();
    for (const name of LISTS) for (const value of this.lists[name]) asked.append(name, value);
    if (this.category) asked.set("category", this.category);
    for (const [name, value] of Object.entries(this.context)) asked.set(`p.${name}`, value);
    return asked;
  }

  get empty() {
    return this.query().toString() === "";
  }

  has(name, value) {
    return this.lists[name].includes(value);
  }

  toggle(name, value) {
    const there = this.has(name, value);
    if (["like", "dislike", "exclude"].includes(name)) for (const other of ["like", "dislike", "exclude"]) this.drop(other, value);
    if (there) this.drop(name, value);
    else this.lists[name].push(value);
  }

  drop(name, value) {
    this.lists[name] = this.lists[name].filter((one) => one !== value);
  }

  /** Return the body of a preview. */
  body(k) {
    const { like, dislike, exclude, search, where } = this.lists;
    const context = Object.fromEntries(Object.entries(this.context).map(([name, text]) => [name, typed(text)]));
    return { likes: like, dislikes: dislike, exclude, searches: search, where, context, category: this.category || null, k };
  }

  /** Return the events that record likes, dislikes and searches of a user. */
  events(user, about, type, negative) {
    const like = about.behaviours.find((one) => one.type === type);
    const dislike = about.behaviours.find((one) => one.type === negative);
    const found = this.lists.like.map((item) => ({ user_id: user, type, item_id: item, ...(like?.strength ? { value: like.likes } : {}) }));
    if (dislike) {
      const value = dislike.strength && dislike.dislikes !== null ? { value: dislike.dislikes } : {};
      found.push(...this.lists.dislike.map((item) => ({ user_id: user, type: negative, item_id: item, ...value })));
    }
    if (about.searches.length) found.push(...this.lists.search.map((text) => ({ user_id: user, type: about.searches[0], text })));
    return found;
  }
}

/** Return events with a key each, the same for the same event until it is stored: sent again, it is stored once. */
export function keyed(events, keys) {
  return events.map((event) => {
    const said = JSON.stringify(event);
    if (!keys.has(said)) keys.set(said, crypto.getRandomValues(new Uint8Array(16)).join("-"));
    return { ...event, key: keys.get(said) };
  });
}

function typed(text) {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** Return what is in the panel of a user view: what is tried, and ways to try more. */
export function changesPanel(view) {
  const { about, changes } = view;
  const search = single("try-search", t("try.search"), "", (text) => view.change((next) => next.toggle("search", text)));
  const category = single("try-category", t("try.category"), changes.category, (text) => view.change((next) => { next.category = text; }));
  return [
    h("p", { class: "hint" }, t("try.lead")),
    chosen(view),
    search,
    category,
    about.filters.length > 0 && filters(view),
    !changes.empty && h("div", { class: "actions" }, recorder(view), h("button", { type: "button", class: "quiet", id: "reset", on: { click: () => view.change((next) => Object.assign(next, Changes.of(new URLSearchParams()))) } }, t("try.reset"))),
  ];
}

function single(id, label, value, act) {
  const input = h("input", { id, type: "text", value, autocomplete: "off", maxlength: "1000" });
  const sent = (event) => {
    event.preventDefault();
    if (input.value.trim() || value) act(input.value.trim());
  };
  return h(
    "form",
    { class: "field", on: { submit: sent } },
    h("label", { for: id }, label),
    h("div", { class: "row" }, input, h("button", { type: "submit", class: "quiet" }, t("try.add"))),
  );
}

function chosen(view) {
  const { changes, titles } = view;
  const rows = LISTS.filter((name) => name !== "where").flatMap((name) =>
    changes.lists[name].map((value) => [name, value, name === "search" ? value : (titles.get(value) ?? value)]),
  );
  if (changes.category) rows.push(["category", changes.category, changes.category]);
  if (rows.length === 0) return null;
  const icons = { like: "like", dislike: "dislike", exclude: "leave", search: "search", category: "item" };
  const remove = (name, value) => () => view.change((next) => (name === "category" ? Object.assign(next, { category: "" }) : next.drop(name, value)));
  return h(
    "ul",
    { class: "tried" },
    rows.map(([name, value, title]) =>
      h(
        "li",
        { class: `tried-${name}` },
        icon(icons[name]),
        h("span", { dir: "auto" }, h("span", { class: "spoken" }, `${t(`try.${name}.said`)}: `), title),
        h("button", { type: "button", class: "icon-button", "aria-label": t("try.remove", { title }), on: { click: remove(name, value) } }, icon("leave")),
      ),
    ),
  );
}

function filters(view) {
  const { about, changes } = view;
  const asked = about.filters.filter((one) => changes.has("where", one.name)).flatMap((one) => one.parameters);
  return h(
    "fieldset",
    {},
    h("legend", {}, t("try.filters")),
    h(
      "div",
      { class: "chips" },
      about.filters.map((one) => {
        const on = changes.has("where", one.name);
        const act = () => view.change((next) => {
          next.toggle("where", one.name);
          for (const name of one.parameters) on ? delete next.context[name] : (next.context[name] ??= "");
        });
        return h("button", { type: "button", class: "chip", "aria-pressed": String(on), on: { click: act } }, one.name);
      }),
    ),
    [...new Set(asked)].map((name) => single(`p-${name}`, name, changes.context[name] ?? "", (text) => view.change((next) => { next.context[name] = text; }))),
  );
}

function recorder(view) {
  const { about, changes } = view;
  const { like, dislike, search } = changes.lists;
  if (!about.scopes.some((scope) => scope === "events" || scope === "admin")) return null;
  const types = about.behaviours.filter((one) => one.recordable && !one.negative);
  const negative = about.behaviours.find((one) => one.recordable && (one.negative || one.dislikes !== null));
  const count = (types.length ? like.length : 0) + (negative ? dislike.length : 0) + (about.searches.length ? search.length : 0);
  if (count === 0) return null;
  const choice = h("select", { id: "record-as" }, types.map((one) => h("option", { value: one.type }, known(`kind.${one.type}`, one.type))));
  const act = async () => {
    const words = t("record.ask", { n: number(count), user: view.user });
    if (await confirm(t("record.heading"), words, t("record.act"))) view.record(choice.value || null, negative?.type ?? null);
  };
  return [
    types.length > 1 && like.length > 0 && h("div", { class: "field record-as" }, h("label", { for: "record-as" }, t("record.as")), choice),
    h("button", { type: "button", class: "primary", id: "record", on: { click: act } }, t("record.act")),
  ];
}
