// Words in the chosen language, and numbers and times as it writes them.

import { language } from "./prefs.js";
import en from "./words/en.js";
import zh from "./words/zh.js";

const TABLES = { en, zh };

/** Return words by their key; `{name}` in them is replaced. Where `n` is 1, those of `key.one` come first. */
export function t(key, values = {}) {
  const words = TABLES[language()];
  const text = (values.n === "1" ? words[`${key}.one`] : undefined) ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Return words by their key, or another text where the tables have none. */
export function known(key, otherwise) {
  return TABLES[language()][key] ?? otherwise;
}

const locale = () => (language() === "zh" ? "zh-CN" : "en");

/** Return a number: whole ones with separators, others with a few digits. */
export function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const whole = Number.isInteger(value);
  const options = whole ? {} : { maximumFractionDigits: digits, minimumFractionDigits: Math.min(digits, 2) };
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** Return a share as a percentage. */
export function percent(value, digits = 1) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

/** Return a number with its sign. */
export function signed(value, digits = 3) {
  return new Intl.NumberFormat(locale(), { signDisplay: "exceptZero", maximumFractionDigits: digits }).format(value);
}

/** Return a time as a date with hours and minutes. */
export function moment(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** Return a time as a date. */
export function day(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? "–" : new Intl.DateTimeFormat(locale(), { dateStyle: language() === "zh" ? "short" : "medium" }).format(at);
}

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** Return how long ago something was. */
export function ago(text) {
  const seconds = (Date.now() - new Date(text).getTime()) / 1000;
  if (Number.isNaN(seconds)) return "–";
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-Math.round(seconds / size), unit);
}

/** Return a time as how long ago it was, or as a date where that is long ago. */
export function when(text) {
  return Date.now() - new Date(text).getTime() < 30 * 86_400_000 ? ago(text) : day(text);
}

/** Return a duration. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.001) return t("ms", { n: number(seconds * 1e3, 2) });
  if (seconds < 1) return t("ms", { n: number(Math.round(seconds * 1e4) / 10, 1) });
  if (seconds < 120) return t("seconds", { n: number(Math.round(seconds * 10) / 10, 1) });
  if (seconds < 7_200) return t("minutes", { n: number(Math.round(seconds / 60)) });
  return seconds < 172_800 ? t("hours", { n: number(Math.round(seconds / 3_600)) }) : t("days", { n: number(Math.round(seconds / 86_400)) });
}
