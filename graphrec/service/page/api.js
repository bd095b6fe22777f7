// Requests to the service. Errors are problems: what is wrong, and the next step.

import { t } from "./words.js";

const KEY = "graphrec.key";
/** Seconds that a question may wait to be asked again where the service says so. */
const LONGEST = 3;
let key = null;
try {
  key = sessionStorage.getItem(KEY);
} catch {
  // storage may be forbidden: then the key lasts until the page is left
}

/** Asks a person for a key, and returns it, or null; the shell sets it. */
let ask = async () => null;
let asking = null;

/** Set the function that asks for a key. */
export function onMissingKey(function_) {
  ask = function_;
}

/** Return whether a key is set. */
export function hasKey() {
  return key !== null;
}

/** Use a key from now on; null: none. */
export function setKey(value) {
  key = value || null;
  try {
    if (key === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, key);
  } catch {
    // see above
  }
}

/** An error that the service has told, or that it cannot be reached (status 0). */
export class Problem extends Error {
  constructor(status, detail, hint = "", place = "") {
    super(detail);
    Object.assign(this, { status, hint, place });
  }
}

/** Return an id as it stands in a path and in the address of a view: a composite one is JSON. */
export function idText(id) {
  return Array.isArray(id) ? JSON.stringify(id) : String(id);
}

/** Return a path with values in it: path`/items/${id}` */
export function path(texts, ...values) {
  return texts.map((text, n) => text + (n < values.length ? encodeURIComponent(idText(values[n])) : "")).join("");
}

function address(url, query) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") asked.append(name, one);
  }
  const text = asked.toString();
  return text ? `${url}?${text}` : url;
}

async function request(method, url, { query, body, signal, text = false, raw = false, tries = 2 } = {}) {
  const headers = { Accept: text ? "text/plain" : raw ? "text/event-stream" : "application/json" };
  if (key !== null) headers.Authorization = `Bearer ${key}`;
  let sent = body;
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    sent = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(address(url, query), { method, headers, body: sent, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, t("error.unreachable"), t("error.unreachable.hint"));
  }
  if (answer.status === 401) {
    asking ??= ask().finally(() => { asking = null; });
    const given = await asking;
    if (given !== null) {
      setKey(given);
      return request(method, url, { query, body, signal, text, raw });
    }
  }
  const later = Number(answer.headers.get("Retry-After"));
  if (method === "GET" && answer.status === 503 && later > 0 && later <= LONGEST && tries > 1) {
    await new Promise((go) => { setTimeout(go, later * 1000); });
    signal?.throwIfAborted();
    return request(method, url, { query, body, signal, text, tries: tries - 1 });
  }
  if (!answer.ok) throw await problemOf(answer);
  if (raw) return answer;
  if (text) return answer.text();
  return answer.status === 204 ? null : JSON.parse(await answer.text(), exact);
}

/** Keep ids of more than 53 bits as they are written; the service takes them as texts too. */
function exact(name, value, read) {
  const rounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(read?.source ?? "");
  return rounded ? read.source : value;
}

async function problemOf(answer) {
  try {
    const told = await answer.json();
    return new Problem(answer.status, String(told.detail ?? told.title ?? answer.statusText), told.hint ?? "", told.place ?? "");
  } catch {
    return new Problem(answer.status, answer.statusText || String(answer.status));
  }
}

/** Return the answer to GET. */
export const get = (url, query, signal) => request("GET", `/v1${url}`, { query, signal });

/** Return the answer to another method. */
export const send = (method, url, body, signal) => request(method, `/v1${url}`, { body, signal });

/** Send a question whose answer comes in pieces; `tell` gets the name and the data of each. */
export async function events(url, body, signal, tell) {
  const answer = await request("POST", `/v1${url}`, { body, signal, raw: true });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "", end = false; !end; ) {
    const { done, value } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? [];
      if (name) tell(name, JSON.parse(data, exact));
    }
    end = done;
  }
}

/** Return the service's numbers, as text. */
export const metrics = (signal) => request("GET", "/metrics", { signal, text: true });
