// Search by words, by a picture, or by a sound.

import { get, send } from "../api.js";
import { cards } from "../parts/cards.js";
import { h, put } from "../parts/dom.js";
import { icon } from "../parts/icons.js";
import { head } from "../parts/page_head.js";
import { fill } from "../parts/states.js";
import { go } from "../router.js";
import { t } from "../words.js";

const MOST = 20;
const ACCEPTED = { image: "image/*", audio: "audio/*,.flac,.wav,.ogg,.mp3" };

/** Show the view. */
export async function show(root, place, signal, context) {
  const about = await context.about();
  const found = h("div", { class: "list", "aria-live": "polite" });
  const input = h("input", { id: "words", type: "search", autocomplete: "off", maxlength: "1000", required: true });
  const by = h(
    "select",
    { id: "by" },
    h("option", { value: "" }, t("search.by.any")),
    about.media.map((name) => h("option", { value: name }, t(`modality.${name}`))),
  );
  const take = (next) => {
    input.value = next.query.get("q") ?? "";
    by.value = next.query.get("by") ?? "";
    if (input.value) fill(found, signal, () => byWords(input.value, by.value, signal), t("search.loading"));
    else put(found, h("p", { class: "hint" }, t("search.start")));
    return true;
  };
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) go("search", [], { q: input.value.trim(), ...(by.value ? { by: by.value } : {}) });
  };
  const words = h(
    "form",
    { class: "search-words", role: "search", on: { submit } },
    h("div", { class: "field grow" }, h("label", { for: "words" }, t("search.words")), input),
    h("div", { class: "field" }, h("label", { for: "by" }, t("search.by")), by),
    h("button", { type: "submit", class: "primary" }, icon("search"), t("search.go")),
  );
  const files = ["image", "audio"].filter((name) => about.media.includes(name)).map((name) => upload(name, found, signal));
  put(root, head(t("search.heading"), t("search.lead")), h("section", { class: "panel" }, words, files.length > 0 && h("div", { class: "uploads" }, files)), h("section", { class: "panel", "aria-label": t("search.found") }, found));
  take(place);
  return { move: take };
}

async function byWords(q, by, signal) {
  const answer = await get("/search", { q, by, k: MOST }, signal);
  return answer.items.length ? cards(answer.items) : h("p", { class: "hint" }, t("list.none"));
}

function upload(modality, found, signal) {
  const id = `file-${modality}`;
  const input = h("input", { id, type: "file", accept: ACCEPTED[modality], class: "spoken" });
  const area = h("label", { class: "drop", for: id }, icon(modality === "image" ? "picture" : "sound"), h("span", {}, t(`search.${modality}`)), input);
  const take = (file) => {
    if (!file) return;
    const body = new FormData();
    body.append("file", file);
    body.append("modality", modality);
    fill(found, signal, async () => {
      const answer = await send("POST", `/search?k=${MOST}`, body, signal);
      return [h("p", { class: "hint", dir: "auto" }, t("search.like", { file: file.name })), answer.items.length ? cards(answer.items) : h("p", {}, t("list.none"))];
    }, t("search.loading"));
    input.value = "";
  };
  input.addEventListener("change", () => take(input.files[0]));
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => { event.preventDefault(); area.classList.remove("over"); take(event.dataTransfer.files[0]); });
  return area;
}
