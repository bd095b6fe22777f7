"""How a text is worded: its kind, language and tone."""

from __future__ import annotations

from dataclasses import dataclass

from graphrec.common.errors import NotFoundError, nearest
from graphrec.config.copy_settings import CopySegment, CopySettings, Kind, Lang, Tone


@dataclass(frozen=True)
class Wording:
    """Kind, language and tone of a text; ``segment``: the group of users that it is for, if any."""

    kind: Kind
    lang: Lang
    tone: Tone
    segment: str | None = None


def wording_of(
    settings: CopySettings,
    kind: Kind | None = None,
    lang: Lang | None = None,
    tone: Tone | None = None,
    segment: str | None = None,
) -> Wording:
    """Return the wording that is asked for; what is not, the segment decides, and then ``[copy]``.

    Raises
    ------
    NotFoundError
        There is no such segment.
    """
    group = CopySegment() if segment is None else segment_of(settings, segment)
    return Wording(
        kind or group.kind or settings.kind,
        lang or group.lang or settings.lang,
        tone or group.tone or settings.tone,
        segment,
    )


def segment_of(settings: CopySettings, name: str) -> CopySegment:
    """Return a segment of ``[copy.segments]``; ``all`` is everybody, unless it is defined.

    Raises
    ------
    NotFoundError
        There is no such segment.
    """
    if name in settings.segments:
        return settings.segments[name]
    if name == "all":
        return CopySegment()
    raise NotFoundError(
        f"no segment {name!r} in graphrec.toml",
        hint=f"define it: [copy.segments.{name}] where = \"u.country = 'DE'\"; "
        + nearest(name, [*settings.segments, "all"]),
    )
