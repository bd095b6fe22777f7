// Pictures of items. Those that are asked for at about the same time come by one request, and are remembered.

import { get, idText } from "../api.js";
import { h } from "./dom.js";

const MOST = 60;
const REMEMBERED = 600;
const known = new Map(); // id → data address, or null
let waiting = new Map(); // id → elements that wait
let timer = null;

/** Return the picture of an item, or a tile with the beginning of its title. */
export function poster(id, title, kind = "") {
  const key = idText(id);
  const tile = h("span", { class: `poster ${kind}`, "aria-hidden": "true" }, initials(title));
  tile.dataset.tone = String(toneOf(key));
  if (known.has(key)) show(tile, known.get(key));
  else {
    if (!waiting.has(key)) waiting.set(key, []);
    waiting.get(key).push(tile);
    timer ??= setTimeout(load, 20);
  }
  return tile;
}

function show(tile, address) {
  if (!address) return;
  tile.replaceChildren(h("img", { src: address, alt: "", decoding: "async" }));
  tile.classList.add("pictured");
}

async function load() {
  timer = null;
  const asked = [...waiting.entries()].slice(0, MOST);
  waiting = new Map([...waiting.entries()].slice(MOST));
  if (waiting.size) timer = setTimeout(load, 20);
  let found;
  try {
    found = await get("/pictures", { item: asked.map(([key]) => key) });
  } catch {
    return; // the tiles stay
  }
  const pictures = new Map(found.pictures.map((one) => [idText(one.item_id), one.image]));
  for (const [key, tiles] of asked) {
    const address = pictures.get(key) ?? null;
    known.set(key, address);
    for (const tile of tiles) show(tile, address);
  }
  for (const key of [...known.keys()].slice(0, Math.max(0, known.size - REMEMBERED))) known.delete(key);
}

function initials(title) {
  const words = String(title).match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  return words.length > 1 ? [...words[0]][0] + [...words[1]][0] : [...words[0]].slice(0, 2).join("");
}

function toneOf(text) {
  let sum = 0;
  for (const sign of text) sum = (sum * 31 + sign.codePointAt(0)) % 997;
  return sum % 6;
}
