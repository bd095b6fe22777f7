"""An explanation as a page for a browser, or in a notebook: a picture, sentences, and tables that sum to the score.

One self-contained HTML file: no script, nothing loaded from a network.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from graphrec.common.html_text import escaped
from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import Language
from graphrec.presentation.explanation_graph import Node, Subgraph
from graphrec.presentation.explanation_layout import WIDTH, Layout, narrow, wide
from graphrec.presentation.explanation_words import COMPONENTS, PHRASES
from graphrec.presentation.html_page import document

_STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1d2328; --soft: #59636e; --line: #d9dcdf;
  --user: #8a939c; --entity: #b26a00; --link: #0f7b6c; --content: #8250c4; --item: #2b6cc4; --less: #b3412e }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1f2429; --ink: #e8eaec; --soft: #a3adb6;
  --line: #3a4249; --user: #7d8790; --entity: #e0a040; --link: #45bfa9; --content: #b692f0; --item: #6ea8f5;
  --less: #f08a76 } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; background: var(--paper); color: var(--ink) }
main { max-width: 70rem; margin: 0 auto; padding: 1.2rem 1rem 2rem }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem }
.lead, figcaption, footer { color: var(--soft); margin: .3rem 0 0 }
figure { margin: 1.2rem 0 0 }
.picture { position: relative; height: var(--h) }
.edges { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible }
.edges path { fill: none; stroke: var(--user); opacity: .55; vector-effect: non-scaling-stroke }
.edges .less { stroke-dasharray: 4 3; stroke: var(--less) }
.node { position: absolute; left: var(--x); top: var(--y); width: var(--w); height: var(--t); overflow: hidden;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; display: flex; align-items: center;
  gap: 8px; padding: 5px 9px; font-size: 13px; line-height: 17px }
.node > .told { min-width: 0; flex: 1 }
.node b { font-weight: 600; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 2; overflow-wrap: break-word; hyphens: auto }
.node small { display: block; font-size: 11.5px; line-height: 15px; color: var(--soft); white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis }
.node .poster { flex: none; width: 38px; height: 56px; border-radius: 4px; object-fit: cover; background: var(--line);
  color: var(--soft); text-align: center; line-height: 56px; font-size: 17px }
.user { border: 0; background: none; flex-direction: column; justify-content: center; gap: 2px; text-align: center;
  padding: 0 }
.user > .told { flex: none; max-width: 100% }
.user svg { flex: none; width: 32px; height: 32px; fill: var(--user) }
.more { border-style: dashed; color: var(--soft) }
.scored { border: 2px solid var(--ink); flex-direction: column; align-items: stretch; justify-content: center }
.scored > .told { flex: none }
.scored .poster { width: 100%; height: 150px; line-height: 150px; font-size: 30px }
.scored b { font-size: 14.5px; line-height: 19px; -webkit-line-clamp: 3 }
.reason { border-left: 5px solid var(--c) }
.number { flex: none; width: 20px; height: 20px; border-radius: 10px; background: var(--c); color: var(--card);
  font: 600 12px/20px system-ui, sans-serif; text-align: center }
.entity { --c: var(--entity) } .link { --c: var(--link) } .content { --c: var(--content) } .item { --c: var(--item) }
.edges :is(.entity, .link, .content, .item) { stroke: var(--c) }
.label { position: absolute; left: var(--x); top: var(--y); transform: translateY(-50%);
  max-width: 11%;
  padding: 0 4px; border-radius: 3px; background: var(--paper); color: var(--soft); font-size: 10.5px;
  line-height: 14px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.before { left: auto; right: calc(100% - var(--x)) }
.picture [data-p] { transition: opacity .15s }
.narrow, .node .note { display: none }
@media (max-width: 719px) {
  .picture { height: var(--nh) } .node { left: var(--nx); top: var(--ny); width: var(--nw); height: var(--nt) }
  .node { font-size: 12.5px; line-height: 16px; gap: 6px; padding: 5px 6px } .node b { -webkit-line-clamp: 3 }
  .node .poster { width: 32px; height: 48px; line-height: 48px }
  .wide, .label { display: none } .narrow { display: block } .node .note { display: block }
  .user { flex-direction: row; justify-content: flex-start; gap: 8px; text-align: left } .user svg { width: 28px }
  .scored { flex-direction: row; align-items: center; justify-content: flex-start } .scored > .told { flex: 1 }
  .node.scored { padding: 8px; gap: 10px } .scored .poster { width: 64px; height: 96px; line-height: 96px }
}
.reasons { list-style: none; margin: 0; padding: 0 }
.reasons li { display: flex; gap: .6rem; align-items: baseline; padding: .35rem .3rem; border-radius: 6px }
.text { flex: 1; min-width: 0; overflow-wrap: anywhere } .text::first-letter { text-transform: uppercase }
.share { font-variant-numeric: tabular-nums; white-space: nowrap }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 2.5rem }
table { border-collapse: collapse; width: 100%; font-size: 14px }
caption { text-align: left; font-weight: 600; font-size: 1.05rem; margin: 1.6rem 0 .4rem }
th, td { padding: .25rem 0; text-align: left; font-weight: 400; overflow-wrap: anywhere }
thead th { color: var(--soft); font-size: 12.5px }
th.share, td.share { text-align: right; padding-left: .6rem }
td.bar { width: 45%; padding-left: .8rem }
.bar div { position: relative; height: 12px; background: linear-gradient(var(--line), var(--line)) var(--z) 0 / 1px 100%
  no-repeat }
.bar i { position: absolute; top: 0; bottom: 0; left: var(--x); width: var(--w); background: var(--item);
  border-radius: 2px }
.bar .less { background: var(--less) }
tfoot :is(th, td) { border-top: 1px solid var(--line); font-weight: 600 }
footer { font-size: 13px; margin-top: 1.6rem }
@media (prefers-reduced-motion: reduce) { .picture [data-p] { transition: none } }
"""
_PERSON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="8" r="4.5"/>'
    '<path d="M3 22a9 8.5 0 0 1 18 0z"/></svg>'
)


def html_of(explanation: Explanation, images: Mapping[Any, str] | None = None, language: Language = "en") -> str:
    """Return a whole page, self-contained.

    Parameters
    ----------
    explanation
        The explanation.
    images
        Item → its image as a JPEG in base64, as :func:`graphrec.presentation.recommendation_page.posters` returns it
        for :func:`pictured`.
    language
        Of sentences and headings.
    """
    return _Page(explanation, images or {}, language).html()


def pictured(explanation: Explanation) -> list[Any]:
    """Return the ids of the items in the picture."""
    items = [explanation.item, *(via.item for reason in explanation.reasons for via in reason.via)]
    return list(dict.fromkeys(items))


@dataclass(frozen=True, repr=False)
class PicturedExplanation(Explanation):
    """An explanation that a notebook shows as a picture.

    Attributes
    ----------
    images
        As for :func:`html_of`.
    """

    images: Mapping[Any, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"Explanation({self.title!r} for user {self.user!r}: score {self.score:.3f}, {len(self.reasons)} reasons)"
        )

    @classmethod
    def of(cls, explanation: Explanation, images: Mapping[Any, str] | None = None) -> Self:
        """Return an explanation with images."""
        return cls(**vars(explanation), images=images or {})

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return plain data without images, for JSON."""
        found = super().to_dict(language)
        del found["images"]
        return found

    def _repr_html_(self) -> str:
        page = _Page(self, self.images, "en")
        title = escaped(page.heading)
        # In a frame, so that neither the notebook's style nor the page's reaches the other.
        return (
            f'<iframe title="{title}" sandbox="" srcdoc="{escaped(page.html())}" '
            f'style="width: 100%; height: {page.height:.0f}px; border: 0"></iframe>'
        )


class _Page:
    def __init__(self, of: Explanation, images: Mapping[Any, str], language: Language) -> None:
        self.of, self.images, self.language = of, images, language
        self.say = PHRASES[language]
        self.heading = self.say["heading"].format(of.title)
        self.graph = Subgraph(of, language)
        self.layouts = wide(self.graph, self.images), narrow(self.graph, self.images)

    @property
    def height(self) -> float:
        """About how high the page is, on a wide screen, in pixels."""
        rows = max(len(self.of.components) + 1, len(self.of.past_items))
        return 360 + self.layouts[0].height + 40 * len(self.of.reasons) + 32 * rows

    def html(self) -> str:
        of, say = self.of, self.say
        lead = say["lead"].format(user=of.user, score=_number(of.score, self._scale()))
        if of.rank is not None:
            lead += say["rank"].format(rank=f"{of.rank:,}", n_items=f"{of.n_items:,}")
        reached = [*self._picture(), f'<h2 id="reasons">{say["reasons"]}</h2>', *self._reasons()]
        body = [
            "<main>",
            f'<h1 dir="auto">{escaped(self.heading)}</h1>',
            f'<p class="lead" dir="auto">{escaped(lead)}</p>',
            *(reached if of.reasons else [f"<p>{say['none']}</p>"]),
            '<div class="tables">',
            *self._components(),
            *self._behaviours(),
            "</div>",
            f"<footer>graphrec, run {escaped(of.run_id)}</footer>",
            "</main>",
        ]
        return document(self.heading, _STYLE + _highlights(len(of.reasons)), body, self.language)

    def _scale(self) -> float:
        return max((abs(value) for value in (self.of.score, *self.of.components.values())), default=0.0)

    def _share(self, value: float) -> str:
        return _number(value, self._scale())

    def _picture(self) -> Iterable[str]:
        of, graph = self.of, self.graph
        first, second = self.layouts
        label = escaped(self.say["picture"].format(of.title))
        yield "<figure>"
        yield f'<div class="picture" role="img" aria-label="{label}" aria-describedby="reasons-list"'
        yield f' style="--h:{first.height:.0f}px;--nh:{second.height:.0f}px">'
        yield from self._edges("wide", first)
        yield from self._edges("narrow", second)
        for place, node in enumerate(graph.nodes):
            one, other = first.boxes[place], second.boxes[place]
            at = (
                f"--x:{_percent(one.x)};--w:{_percent(one.width)};--y:{one.y:.1f}px;--t:{one.height:.0f}px;"
                f"--nx:{_percent(other.x)};--nw:{_percent(other.width)};--ny:{other.y:.1f}px;--nt:{other.height:.0f}px"
            )
            kind = "reason " * (node.column == 2) + node.kind
            reasons = _marks(node.reasons) if node.reasons else ""
            yield f'<div class="node {kind}"{reasons} style="{at}">{self._node(node)}</div>'
        for n, (x, y) in first.labels.items():
            edge = graph.edges[n]
            side = " before" if edge.start == 0 else ""
            yield (
                f'<span class="label{side}"{_marks(edge.reasons)} style="--x:{_percent(x)};--y:{y:.1f}px">'
                f"{escaped(edge.label)}</span>"
            )
        total = sum(reason.share for reason in of.reasons)
        carried = self.say["carried"].format(carried=self._share(total), score=self._share(of.score))
        yield f"</div><figcaption>{escaped(carried)}</figcaption></figure>"

    def _edges(self, kind: str, layout: Layout) -> Iterable[str]:
        yield (
            f'<svg class="edges {kind}" viewBox="0 0 {WIDTH} {layout.height:.0f}" preserveAspectRatio="none" '
            'aria-hidden="true">'
        )
        for edge, path, width in zip(self.graph.edges, layout.paths, layout.widths, strict=True):
            less = " less" if edge.share < 0 else ""
            told = " ".join(filter(None, (edge.label, self._share(edge.share))))
            yield (
                f'<path class="{edge.kind}{less}"{_marks(edge.reasons)} stroke-width="{width:.3f}" d="{path}">'
                f"<title>{escaped(told)}</title></path>"
            )
        yield "</svg>"

    def _node(self, node: Node) -> str:
        name = f'<b dir="auto">{escaped(node.name)}</b>'
        note = f'<small class="note">{escaped(node.note)}</small>' if node.note else ""
        match node.kind:
            case "user":
                return f'{_PERSON}<span class="told">{name}</span>'
            case "more":
                return f'<span class="told">{name}</span>'
            case "chosen":
                return f'{self._poster(node)}<span class="told">{name}{note}</span>'
            case "scored":
                place = "" if self.of.rank is None else self.say["place"].format(rank=f"{self.of.rank:,}")
                told = self.say["score"].format(score=self._share(self.of.score))
                lines = "".join(f"<small>{escaped(line)}</small>" for line in (told, place) if line)
                return f'{self._poster(node)}<span class="told">{name}{lines}</span>'
            case _:
                number = node.reasons[0]
                share = f"<small>{self._share(self.of.reasons[number].share)}</small>"
                return f'<span class="number">{number + 1}</span><span class="told">{name}{share}{note}</span>'

    def _poster(self, node: Node) -> str:
        image = self.images.get(node.item)
        if image is not None:
            return f'<img class="poster" alt="" src="data:image/jpeg;base64,{image}">'
        if not self.images or node.kind == "scored":
            return ""
        return f'<div class="poster">{escaped(node.name[:1])}</div>'

    def _reasons(self) -> Iterable[str]:
        yield '<ol class="reasons" id="reasons-list">'
        for place, reason in enumerate(self.of.reasons):
            gone = f" {self.say['gone']}" if reason.exists is False else ""
            yield (
                f'<li class="{reason.kind}" tabindex="0"{_marks([place])}><span class="number">{place + 1}</span>'
                f'<span class="text" dir="auto">{escaped(reason.sentence(self.language))}{gone}</span>'
                f'<span class="share">{self._share(reason.share)}</span></li>'
            )
        yield "</ol>"

    def _components(self) -> Iterable[str]:
        names = COMPONENTS[self.language]
        rows = [(names.get(name, name), value) for name, value in self.of.components.items() if value]
        rows.sort(key=lambda row: -abs(row[1]))
        yield from self._table("components", "component", rows, sum(self.of.components.values()))

    def _behaviours(self) -> Iterable[str]:
        rows = []
        for via, share in self.of.past_items:
            strength = "" if via.strength is None else f" {via.strength:g}"
            done = ", ".join(via.behaviours) + strength
            rows.append((f"{via.title} · {done}" if done else via.title, share))
        if rows:
            yield from self._table("behaviours", "behaviour", rows)

    def _table(self, title: str, head: str, rows: list[tuple[str, float]], total: float | None = None) -> Iterable[str]:
        say = self.say
        low, high = min([0.0, *(value for _, value in rows)]), max([0.0, *(value for _, value in rows)])
        across = (high - low) or 1.0
        yield f'<table class="{title}"><caption>{say[title]}</caption><thead><tr><th scope="col">{say[head]}</th>'
        yield f'<th aria-hidden="true"></th><th scope="col" class="share">{say["share"]}</th></tr></thead><tbody>'
        for name, value in rows:
            left, width, zero = (min(value, 0) - low) / across, abs(value) / across, -low / across
            yield (
                f'<tr><th scope="row" dir="auto">{escaped(name)}</th><td class="bar" aria-hidden="true">'
                f'<div style="--z:{zero:.2%}"><i{" class=less" if value < 0 else ""} '
                f'style="--x:{left:.2%};--w:{width:.2%}"></i></div></td>'
                f'<td class="share">{self._share(value)}</td></tr>'
            )
        yield "</tbody>"
        if total is not None:
            yield f'<tfoot><tr><th scope="row">{say["total"]}</th><td></td>'
            yield f'<td class="share">{self._share(total)}</td></tr></tfoot>'
        yield "</table>"


def _marks(reasons: list[int]) -> str:
    return f' data-p="{" ".join(str(reason + 1) for reason in dict.fromkeys(reasons))}"'


def _highlights(n: int) -> str:
    """Return rules by which a path stands out while it, or its sentence, is pointed at or has the focus."""
    at = ":is(:hover, :focus)"
    rules = [f"main:has([data-p]{at}) [data-p] {{ opacity: .16 }}", f"main:has([data-p]{at}) li {{ opacity: .5 }}"]
    for one in range(1, n + 1):
        here = f'[data-p~="{one}"]'
        rules.append(f"main:has({here}{at}) {here} {{ opacity: 1 }}")
    return "\n".join(rules)


def _number(value: float, scale: float) -> str:
    """Return a number with at least three decimals, and three digits at the size of ``scale``."""
    places = 3 if scale <= 0 or not math.isfinite(scale) else min(max(2 - math.floor(math.log10(scale)), 3), 9)
    return f"{value:.{places}f}"


def _percent(x: float) -> str:
    return f"{100 * x / WIDTH:.2f}%"
