// A drawing of the graph's schema: users, the items they act on, and the knowledge around the items.

import { number, t } from "../words.js";
import { h, newId, s } from "./dom.js";

const BOX = { width: 168, height: 42 };
const STEP = 54;
const X = { user: 4, item: 310, other: 768 };
const FAN = 76;
const WIDTH = 1000;
const COVERED = 0.95;

/** Return the drawing of labels and relations. */
export function schema({ labels, relations }) {
  const { nodes, edges } = simpler(labels, relations);
  const users = nodes.filter((one) => one.role === "user");
  const items = nodes.filter((one) => one.role === "item");
  const others = nodes.filter((one) => one.role !== "user" && one.role !== "item");
  const height = Math.max(others.length, users.length, items.length, 2) * STEP + 10;
  for (const [column, x] of [[users, X.user], [items, X.item], [others, X.other]]) {
    column.forEach((node, n) => Object.assign(node, { x, y: (height - column.length * STEP) / 2 + n * STEP + (STEP - BOX.height) / 2 }));
  }
  const id = newId("schema");
  const most = Math.max(...edges.map((edge) => edge.count), 1);
  return h(
    "div",
    { class: "scroll schema", tabindex: "0", role: "group", "aria-label": t("overview.schema") },
    s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": id },
      s("title", { id }, edges.map((edge) => `${edge.source.name} ${edge.types.join(", ")} ${edge.target.name}`).join("; ")),
      edges.map((edge) => drawn(edge, most)),
      nodes.map((node) =>
        s(
          "g",
          { class: `node role-${node.role}` },
          s("rect", { x: node.x, y: node.y, width: BOX.width, height: BOX.height, rx: 10 }),
          s("text", { x: node.x + 14, y: node.y + 18, class: "name" }, cut(node.name, 18)),
          s("text", { x: node.x + 14, y: node.y + 33, class: "note" }, number(node.count)),
        ),
      ),
    ),
  );
}

/** Leave out labels that others cover, such as Entity beside Person and Genre; join relations of the same ends. */
function simpler(labels, relations) {
  const role = new Map(labels.map((one) => [one.name, one.role]));
  const covered = (name) => {
    const mine = relations.filter((one) => one.target === name || one.source === name);
    const most = Math.max(...labels.filter((one) => one.role === role.get(name)).map((one) => one.count));
    if (role.get(name) === "user" || role.get(name) === "item" || !mine.length || labels.find((one) => one.name === name).count < most) return false;
    return mine.every((one) => {
      const end = one.target === name ? "target" : "source";
      const other = end === "target" ? "source" : "target";
      const same = relations.filter((two) => two.type === one.type && two[other] === one[other] && two[end] !== name && role.get(two[end]) === role.get(name));
      return same.reduce((sum, two) => sum + two.count, 0) >= COVERED * one.count;
    });
  };
  const gone = new Set(labels.filter((one) => covered(one.name)).map((one) => one.name));
  const nodes = labels.filter((one) => !gone.has(one.name)).map((one) => ({ ...one }));
  const at = new Map(nodes.map((one) => [one.name, one]));
  const edges = new Map();
  for (const one of relations) {
    if (!at.has(one.source) || !at.has(one.target)) continue;
    const key = JSON.stringify([one.source, one.target].sort());
    if (!edges.has(key)) edges.set(key, { source: at.get(one.source), target: at.get(one.target), types: [], count: 0, role: one.role });
    const edge = edges.get(key);
    if (!edge.types.includes(one.type)) edge.types.push(one.type);
    edge.count += one.count;
  }
  return { nodes, edges: [...edges.values()] };
}

function drawn(edge, most) {
  const { source, target } = edge;
  const width = 1.2 + (4 * Math.log1p(edge.count)) / Math.log1p(most);
  const [y1, y2] = [source.y + BOX.height / 2, target.y + BOX.height / 2];
  const title = s("title", {}, `${source.name} → ${target.name}: ${edge.types.join(", ")} (${number(edge.count)})`);
  if (source.x === target.x) {
    const [x, bulge] = source.x === X.user ? [source.x + BOX.width / 2, 0] : [source.x + BOX.width, 46];
    const loop = bulge
      ? `M${x} ${y1 - 6} C${x + bulge} ${y1} ${x + bulge} ${y2} ${x} ${y2 + 6}`
      : `M${x - 30} ${source.y} C${x - 30} ${source.y - 30} ${x + 30} ${source.y - 30} ${x + 30} ${source.y}`;
    return s("path", { d: loop, class: `edge within role-${edge.role}`, "stroke-width": 1.2 }, title);
  }
  const forward = source.x < target.x;
  const [left, right, yl, yr] = forward ? [source, target, y1, y2] : [target, source, y2, y1];
  const [x1, x2] = [left.x + BOX.width, right.x];
  const behaviour = left.role === "user";
  // Level where its name stands, so that lines do not cross names.
  const level = x1 + FAN;
  return [
    s("path", { d: `M${x1} ${yl} C${x1 + FAN / 2} ${yl} ${level - FAN / 2} ${yr} ${level} ${yr} L${x2} ${yr}`, class: `edge role-${edge.role}`, "stroke-width": width.toFixed(1) }, title),
    s("text", { x: behaviour ? (x1 + x2) / 2 : x2 - 8, y: yr - 7, "text-anchor": behaviour ? "middle" : "end", class: "note edge-name" }, few(edge.types, behaviour ? 18 : 27)),
  ];
}

/** Return as many names as there is room for, and how many more there are. */
function few(names, room) {
  let fits = names.length;
  const said = () => names.slice(0, fits).join(", ") + (fits < names.length ? ` +${names.length - fits}` : "");
  while (fits > 1 && said().length > room) fits -= 1;
  return cut(said(), room);
}

const cut = (text, room) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
