// An item: its picture and properties, the knowledge around it, what is like it, who has it; hidden, shown, in stock.

import { get, idText, path, send } from "../api.js";
import { strip } from "../parts/cards.js";
import { confirm } from "../parts/dialog.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { notify } from "../parts/notice.js";
import { field, head, section } from "../parts/page_head.js";
import { poster } from "../parts/poster.js";
import { fill } from "../parts/states.js";
import { go, link } from "../router.js";
import { known, number, t } from "../words.js";

const NEIGHBOURS = 12;
const LONG = 220;
const FEW = 12;

/** Show the view. */
export async function show(root, place, signal, context) {
  if (place.parts.length === 0) return finder(root, signal);
  const id = place.parts[0];
  const [about, item] = await Promise.all([context.about(), get(path`/items/${id}`, {}, signal)]);
  const admin = about.scopes.includes("admin");
  const holders = h("div", {});
  put(
    root,
    top(item, admin ? about : null, () => show(root, place, signal, context)),
    neighbours(item, about, signal),
    h("div", { class: "columns" }, knowledge(item), admin && section(t("item.users"), holders)),
  );
  if (admin) fill(holders, signal, async () => users((await get(path`/items/${id}/users`, { k: 40 }, signal)).users));
  return {};
}

function top(item, about, again) {
  const facts = Object.entries(item.properties).filter(([name, value]) => name !== "title" && value !== null && value !== "");
  return h(
    "div",
    { class: "item-head" },
    poster(item.item_id, item.title, "large"),
    h(
      "div",
      {},
      h("h1", { tabindex: "-1", dir: "auto" }, item.title),
      h(
        "ul",
        { class: "chips" },
        h("li", { class: "chip" }, idText(item.item_id)),
        h("li", { class: "chip" }, t("item.n_users", { n: number(item.users) })),
        h("li", { class: `chip ${item.available ? "good" : "bad"}` }, t(item.available ? "item.available" : "item.gone")),
        item.modalities.map((name) => h("li", { class: "chip" }, known(`modality.${name}`, name))),
      ),
      h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, told(value))])),
      about && stock(item, about, again),
    ),
  );
}

function told(value) {
  const text = Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
  if (text.length <= LONG) return text;
  return h("details", {}, h("summary", {}, `${text.slice(0, LONG)}…`), text);
}

function stock(item, about, again) {
  const id = idText(item.item_id);
  const change = async (values, done) => {
    try {
      await send("PATCH", path`/items/${id}`, { properties: values });
      notify(done, "good");
      again();
    } catch (error) {
      if (error.status === undefined) throw error;
      notify([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    }
  };
  const hidden = item.properties[about.hidden] === true;
  const hide = async () => {
    if (hidden || (await confirm(t("item.hide.heading"), t("item.hide.ask", { title: item.title }), t("item.hide"), true)))
      change({ [about.hidden]: !hidden }, t(hidden ? "item.shown.done" : "item.hidden.done"));
  };
  const input = h("input", { id: "stock", type: "number", min: "0", step: "1", value: item.properties[about.stock] ?? "", inputmode: "numeric" });
  const store = (event) => {
    event.preventDefault();
    change({ [about.stock]: input.value === "" ? null : Number(input.value) }, t("item.stock.done"));
  };
  return h(
    "div",
    { class: "stock" },
    about.hidden && h("button", { type: "button", id: "hide", class: hidden ? "primary" : "quiet", on: { click: hide } }, t(hidden ? "item.show" : "item.hide")),
    about.stock && h("form", { class: "row", on: { submit: store } }, h("label", { for: "stock" }, t("item.stock")), input, h("button", { type: "submit", class: "quiet" }, t("item.stock.set"))),
  );
}

function neighbours(item, about, signal) {
  const kinds = ["embedding", ...(item.modalities.length ? ["content"] : []), ...item.modalities];
  const body = h("div", { id: "neighbours", role: "tabpanel" });
  const choose = (kind) => {
    for (const one of tabs.children) {
      const on = one.dataset.kind === kind;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
    }
    fill(body, signal, async () => {
      const found = await get(path`/items/${item.item_id}/similar`, { k: NEIGHBOURS, by: kind }, signal);
      if (!found.items.length) return h("p", { class: "hint" }, t("list.none"));
      return strip(found.items, t(`by.${kind}`), (one) => h("small", {}, number(one.score, 3)));
    });
  };
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = (kinds.indexOf(event.target.dataset.kind) + step + kinds.length) % kinds.length;
    choose(kinds[at]);
    tabs.children[at].focus();
  };
  const tabs = h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": t("item.like"), on: { keydown: keys } },
    kinds.map((kind) =>
      h("button", { type: "button", role: "tab", "data-kind": kind, "aria-controls": "neighbours", on: { click: () => choose(kind) } }, t(`by.${kind}`)),
    ),
  );
  const found = section(t("item.like"), tabs, body);
  choose("embedding");
  return found;
}

function knowledge(item) {
  if (!item.entities.length) return section(t("item.knowledge"), h("p", { class: "hint" }, t("item.knowledge.none")));
  const groups = new Map();
  for (const one of item.entities) groups.set(one.type, [...(groups.get(one.type) ?? []), one]);
  return section(
    t("item.knowledge"),
    h(
      "dl",
      { class: "knowledge" },
      [...groups].map(([type, entities]) => [
        h("dt", {}, type),
        h("dd", {}, chips(named(entities))),
      ]),
    ),
  );
}

/** Return the names of entities, those that have one first. */
function named(entities) {
  const unnamed = (one) => Number(one.name === null || String(one.name) === String(one.id));
  return [...entities].sort((a, b) => unnamed(a) - unnamed(b)).map((one) => String(one.name ?? one.id));
}

function chips(names) {
  const list = (some) => h("ul", { class: "chips" }, some.map((name) => h("li", { class: "chip kind-entity", dir: "auto" }, name)));
  if (names.length <= FEW) return list(names);
  return [list(names.slice(0, FEW)), h("details", {}, h("summary", {}, t("item.more", { n: number(names.length - FEW) })), list(names.slice(FEW)))];
}

function users(found) {
  if (!found.length) return h("p", { class: "hint" }, t("item.users.none"));
  return h(
    "ul",
    { class: "chips" },
    found.map((one) => {
      const id = idText(one.user_id);
      return h("li", {}, h("a", { class: "chip", href: link("user", [id]), dir: "auto" }, icon("user"), id, h("small", {}, known(`did.${one.type}`, one.type))));
    }),
  );
}

async function finder(root, signal) {
  const found = h("div", { "aria-live": "polite" });
  const list = async (q) => {
    const answer = q ? await get("/items", { q, k: 24 }, signal) : await get("/popular", { k: 24 }, signal);
    if (!answer.items.length) return h("p", { class: "hint" }, t("find.item.none"));
    return [h("h2", {}, t(q ? "find.item.found" : "find.item.popular")), strip(answer.items, t("find.item.heading"), q ? undefined : (one) => h("small", {}, t("item.n_users", { n: number(one.score) })))];
  };
  const form = field("find-item", t("find.item.label"), t("find.open"), (id) => go("item", [id]));
  put(root, head(t("find.item.heading"), t("find.item.lead")), h("section", { class: "panel wrap-strip" }, form, found));
  let timer = null;
  form.querySelector("input").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => fill(found, signal, () => list(event.target.value.trim())), 250);
  });
  await fill(found, signal, () => list(""));
  return {};
}
