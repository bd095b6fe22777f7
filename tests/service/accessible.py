"""What a page has to offer to people who use a keyboard or a screen reader, or see little: checked in a browser."""

from __future__ import annotations

from typing import Any

from tests.web_browser import WebBrowser

TAB = "\ue004"
#: Roles that need a name.
NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton", "tab", "tablist", "img",
    "navigation", "dialog", "progressbar", "table", "DisclosureTriangle", "log",
}  # fmt: skip

#: Texts whose colour stands out too little, headings that skip a level, ids that are there twice, a page too wide.
FAULTS = """
const faults = [];
const number = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, a = 1] = number(getComputedStyle(at).backgroundColor);
    if (a > 0.99) return [r, g, b];
  }
  return [255, 255, 255];
};
const dialog = document.querySelector("dialog[open]");
const walker = document.createTreeWalker(dialog ?? document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || !element.checkVisibility()) continue;
  if (element.closest("svg, [aria-hidden], .spoken, :disabled")) continue;
  texts += 1;
  const style = getComputedStyle(element);
  const [one, two] = [light(number(style.color)), light(ground(element))].sort((a, b) => a - b);
  const ratio = (two + 0.05) / (one + 0.05);
  if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${node.data.trim().slice(0, 40)}`);
}
if (texts < 5) faults.push("hardly any text");
let level = 0;
const headings = [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].filter((one) => one.checkVisibility());
for (const heading of headings) {
  const now = Number(heading.localName[1]);
  if (now > level + 1) faults.push(`heading ${heading.textContent} of level ${now} after ${level}`);
  level = now;
}
if (headings.filter((one) => one.localName === "h1").length !== 1) faults.push("not one h1");
const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) faults.push(`id ${id} twice`);
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth) faults.push(`${wide} wide`);
return faults;
"""


def faults(browser: WebBrowser) -> list[str]:
    """Return what is wrong with the page that is shown."""
    found: list[str] = browser.run(FAULTS)
    for node in browser.devtools("Accessibility.getFullAXTree")["nodes"]:
        role = _value(node, "role")
        if not node.get("ignored") and role in NAMED and not _value(node, "name"):
            found.append(f"a {role} without a name: {node}")
    return found


def _value(node: dict[str, Any], part: str) -> str:
    return str(node.get(part, {}).get("value", "")).strip()


def focused(browser: WebBrowser, times: int) -> list[dict[str, Any]]:
    """Press Tab some times; return what has the focus each time: its place in the document, whether one sees it."""
    browser.run("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    found = []
    for _ in range(times):
        browser.press(TAB)
        found.append(
            browser.run(
                "const at = document.activeElement, all = [...document.querySelectorAll('*')], style ="
                " getComputedStyle(at); return {place: all.indexOf(at), tag: at.localName,"
                " seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2}"
            )
        )
    return found
