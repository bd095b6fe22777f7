// Bars, drawn as SVG so that no element needs a style of its own.

import { number } from "../words.js";
import { h, s } from "./dom.js";

/** Return a bar that is full to a share of 0 to 1; decoration beside its number. */
export function bar(share, kind = "") {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return s(
    "svg",
    { class: `bar ${kind}`, viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "track", width: 100, height: 6 }),
    s("rect", { class: "full", width, height: 6 }),
  );
}

/** Return a table of named shares, each with a bar from zero: `rows` are [name, value, kind]. */
export function shares(caption, head, rows) {
  const low = Math.min(0, ...rows.map((row) => row[1]));
  const high = Math.max(0, ...rows.map((row) => row[1]));
  const across = high - low || 1;
  const at = (value) => ((value - low) / across) * 100;
  return h(
    "table",
    { class: "shares" },
    h("caption", {}, caption),
    h("thead", { class: "spoken" }, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      rows.map(([name, value, kind = ""]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row", dir: "auto" }, name),
          h(
            "td",
            {},
            s(
              "svg",
              { class: `bar ${kind} ${value < 0 ? "less" : ""}`, viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
              s("rect", { class: "track", width: 100, height: 6 }),
              s("rect", { class: "full", x: at(Math.min(value, 0)), width: Math.max(0.6, (Math.abs(value) / across) * 100), height: 6 }),
            ),
            h("span", { class: "number" }, number(value, 2)),
          ),
        ),
      ),
    ),
  );
}
