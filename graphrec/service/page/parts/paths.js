// The paths of an explanation as a picture: the user, what they chose, what it has in common with the item, the item.

import { idText } from "../api.js";
import { known, number, t } from "../words.js";
import { h, newId, s } from "./dom.js";

const WIDTH = 724;
const COLUMNS = [[0, 88], [112, 190], [330, 222], [580, 144]]; // left edge and width
const HEIGHT = 40;
const STEP = 50;
const MOST = { reasons: 6, via: 2 };

/** Return the picture. */
export function paths(found) {
  const graph = graphOf(found);
  const rows = Math.max(graph.columns[1].length, graph.columns[2].length, 2);
  const height = rows * STEP;
  for (const column of graph.columns) {
    const first = (height - column.length * STEP) / 2 + (STEP - HEIGHT) / 2;
    column.forEach((node, n) => { node.y = first + n * STEP; });
  }
  const widest = Math.max(...graph.edges.map((edge) => edge.share), 1e-9);
  const id = newId("paths");
  return h(
    "figure",
    { class: "paths" },
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": t("why.picture", { title: found.title }) },
      s(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": id },
        s("title", { id }, t("why.picture", { title: found.title })),
        graph.edges.map((edge) => drawnEdge(edge, widest)),
        graph.columns.flatMap((column, n) => column.map((node) => drawnNode(node, n))),
      ),
    ),
    h("figcaption", { class: "hint" }, t("why.widths")),
  );
}

function graphOf(found) {
  const user = { name: idText(found.user), kind: "user", note: t("why.user") };
  const item = { name: found.title, kind: "scored", note: number(found.score, 2) };
  const chosen = new Map();
  const middle = [];
  const edges = [];
  const strongest = [...found.reasons].map((one, n) => ({ ...one, n })).sort((a, b) => b.share - a.share).slice(0, MOST.reasons);
  for (const reason of strongest.sort((a, b) => a.n - b.n)) {
    const node = { name: nameOf(reason), kind: reason.kind, note: number(reason.share, 2), mark: reason.n + 1 };
    middle.push(node);
    for (const via of reason.via.slice(0, MOST.via)) {
      const key = idText(via.item);
      if (!chosen.has(key)) {
        const done = via.behaviours.map((kind) => known(`did.${kind}`, kind)).join(", ");
        chosen.set(key, { name: via.title, kind: "chosen", note: [done, via.strength].filter((one) => one !== null && one !== "").join(" ") });
        edges.push({ from: user, to: chosen.get(key), share: 0, kind: "user" });
      }
      edges.find((edge) => edge.to === chosen.get(key) && edge.from === user).share += via.share;
      edges.push({ from: chosen.get(key), to: node, share: via.share, kind: reason.kind });
    }
    edges.push({ from: node, to: item, share: reason.share, kind: reason.kind });
  }
  return { columns: [[user], [...chosen.values()], middle, [item]], edges };
}

function nameOf(reason) {
  switch (reason.kind) {
    case "entity":
    case "related":
      return String(reason.name ?? reason.entity);
    case "content":
      return t("why.content", { modality: known(`modality.${reason.modality}`, reason.modality) });
    default:
      return t(`why.${reason.kind}`, { n: number(reason.count) });
  }
}

const columnOf = { user: 0, chosen: 1, scored: 3 };

function drawnEdge({ from, to, share, kind }, widest) {
  const [a, b] = [from, to].map((node) => COLUMNS[columnOf[node.kind] ?? 2]);
  const [x1, x2, y1, y2] = [a[0] + a[1], b[0], from.y + HEIGHT / 2, to.y + HEIGHT / 2];
  const bend = (x2 - x1) / 2;
  const d = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const width = 1 + 9 * Math.sqrt(Math.abs(share) / widest);
  return s("path", { d, class: `edge kind-${kind}`, "stroke-width": width.toFixed(1) }, s("title", {}, number(share, 2)));
}

function drawnNode(node, column) {
  const [x, width] = COLUMNS[column];
  const room = Math.floor((width - 20 - (node.mark ? 22 : 0)) / 7.7);
  const left = x + 10 + (node.mark ? 22 : 0);
  return s(
    "g",
    { class: `node kind-${node.kind}` },
    s("title", {}, node.name),
    s("rect", { x, y: node.y, width, height: HEIGHT, rx: 9 }),
    node.mark && s("circle", { cx: x + 17, cy: node.y + HEIGHT / 2, r: 9, class: "mark" }),
    node.mark && s("text", { x: x + 17, y: node.y + HEIGHT / 2 + 4, class: "mark-text", "text-anchor": "middle" }, String(node.mark)),
    s("text", { x: left, y: node.y + (node.note ? 17 : 25), class: "name" }, cut(node.name, room)),
    node.note && s("text", { x: left, y: node.y + 32, class: "note" }, cut(node.note, room)),
  );
}

/** Shorten a text to about as many Latin letters; wide signs count twice. */
function cut(text, room) {
  let used = 0;
  let out = "";
  for (const sign of text) {
    used += sign.codePointAt(0) > 0x2e80 ? 1.9 : 1;
    if (used > room) return `${out.trimEnd()}…`;
    out += sign;
  }
  return out;
}
