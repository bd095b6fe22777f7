// The shell: navigation, the choice of language and theme, and the view that the address names.

import { get, hasKey, onMissingKey, setKey } from "./api.js";
import { askKey } from "./parts/dialog.js";
import { h, put } from "./parts/dom.js";
import { icon } from "./parts/icons.js";
import { notices } from "./parts/notice.js";
import { loading, problem } from "./parts/states.js";
import { LANGUAGES, isDark, language, setDark, setLanguage, showPreferences } from "./prefs.js";
import { link, placeOf } from "./router.js";
import { t } from "./words.js";

const VIEWS = ["overview", "user", "item", "search", "chat", "quality", "experiment", "work"];
const OPERATING = ["quality", "experiment", "work"];
const main = h("main", { id: "main", tabindex: "-1" });
const side = h("header", { class: "side" });
let view = null; // {name, module's answer, controller} of what is shown
let about = null;

/** What the service can be asked for; read once, and again when a run may have changed. */
async function readAbout(again = false) {
  if (about === null || again) about = await get("/about");
  forAdmins(about.scopes.includes("admin"));
  return about;
}

const context = { about: readAbout };

/** Show the views that need the scope admin, or hide them. */
function forAdmins(may) {
  for (const name of OPERATING) side.querySelector(`a[data-view=${name}]`).parentElement.hidden = !may;
}

function shell() {
  const links = VIEWS.map((name) =>
    h("li", {}, h("a", { href: link(name), "data-view": name }, icon(name), h("span", {}, t(`nav.${name}`)))),
  );
  put(
    side,
    h("a", { class: "brand", href: link("overview") }, h("img", { src: "icon.svg", alt: "", width: "28", height: "28" }), h("span", {}, "graphrec")),
    h("nav", { "aria-label": t("nav.label") }, h("ul", {}, links)),
    h("div", { class: "choices" }, languageButton(), themeButton(), keyButton()),
  );
  document.querySelector(".skip").textContent = t("skip");
  if (about) forAdmins(about.scopes.includes("admin"));
  mark();
}

function languageButton() {
  const other = language() === "en" ? "zh" : "en";
  const change = () => {
    setLanguage(other);
    shell();
    show(true);
    document.querySelector(".choices button").focus();
  };
  const lang = other === "zh" ? "zh-Hans" : "en";
  return h("button", { type: "button", class: "quiet", id: "language", lang, on: { click: change } }, icon("language"), LANGUAGES[other]);
}

function themeButton() {
  const button = h("button", { type: "button", class: "icon-button", id: "theme" });
  const draw = () => {
    put(button, icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", t(isDark() ? "theme.light" : "theme.dark"));
  };
  button.addEventListener("click", () => {
    setDark(!isDark());
    draw();
  });
  draw();
  return button;
}

function keyButton() {
  if (!hasKey()) return null;
  const forget = () => {
    setKey(null);
    about = null;
    shell();
    show(true);
  };
  return h("button", { type: "button", class: "icon-button", "aria-label": t("key.forget"), on: { click: forget } }, icon("key"));
}

function mark() {
  const place = placeOf(location.hash);
  for (const one of side.querySelectorAll("a[data-view]")) {
    if (one.dataset.view === place?.view) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

/** Show the view of the address; one that is shown already may take the new address itself. */
async function show(again = false) {
  const place = placeOf(location.hash);
  mark();
  if (!again && view && place && view.name === place.view && view.shown?.move?.(place)) return;
  view?.controller.abort();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const controller = new AbortController();
  const first = view === null;
  view = { name: place?.view, controller, shown: null };
  const root = h("div", { class: `view view-${place?.view}` }, loading());
  put(main, root);
  const mine = view;
  try {
    if (!place || !VIEWS.includes(place.view)) throw Object.assign(new Error(t("error.address")), { status: 404, hint: t("error.address.hint") });
    const made = await import(`./views/${place.view}.js`);
    if (controller.signal.aborted) return;
    mine.shown = await made.show(root, place, controller.signal, context);
  } catch (error) {
    if (error.name === "AbortError" || controller.signal.aborted) return;
    if (error.status === undefined) console.error(error);
    put(root, h("h1", { tabindex: "-1" }, t("error.heading")), problem(error, () => show(true)));
  }
  const heading = root.querySelector("h1");
  document.title = `${heading?.textContent ?? ""} · graphrec`;
  if (!first && !document.querySelector("dialog[open]")) {
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

showPreferences();
onMissingKey(async () => {
  const given = await askKey();
  if (given !== null) setTimeout(shell);
  return given;
});
document.body.append(h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus(); } } }), side, main, notices());
shell();
addEventListener("hashchange", () => show());
show();
