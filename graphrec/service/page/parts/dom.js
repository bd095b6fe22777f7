// Elements. Text goes in as text: there is no way to give HTML, so what stands in titles and ids is never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Return an HTML element: attributes; `on` (event → function), `class`; children: nodes, texts, lists, or nothing. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Return an SVG element. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/** Append nodes, texts, or lists of them; null, undefined and false are nothing. */
export function add(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Replace what is in an element. */
export function put(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

let last = 0;

/** Return an id that no other element has. */
export function newId(prefix = "id") {
  last += 1;
  return `${prefix}-${last}`;
}
