"""The words of searches encoded as the items' texts are, so that the two can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from graphrec.common.console import warn
from graphrec.config.schema import as_items
from graphrec.content import store
from graphrec.content.encoder import Encoder
from graphrec.content.sources import sources
from graphrec.content.stage import Modality, Work, clean_up, encode
from graphrec.graph.vector_labels import is_given


def update_searches(work: Work, label: str | None) -> dict[str, Modality]:
    """Bring the vectors of all mapped searches up to date.

    Where no encoder made the items' text vectors, the searches are left as they are, and it is said.

    Parameters
    ----------
    work
        The run of the stage, with the items' text done.
    label
        What made the items' text vectors; None where there are none.

    Returns
    -------
    dict
        Type of search → what was done. What is skipped is named by its key: people's words are not repeated.
    """
    kinds = work.settings.graph.searches
    encoder = work.opened.get("text")
    if kinds and encoder is None:
        why = f"the items' text vectors were given ({label})" if is_given(label) else "no item has text to encode"
        warn(f"searches are not encoded: {why}, so there is no encoder that they would share with the items")
    if encoder is None:
        return {}
    done: dict[str, Modality] = {}
    labels: dict[str, Modality] = {}
    for kind, mapped in kinds.items():
        # Types that lead to the same nodes share the work.
        labels[mapped.label] = done[kind] = labels.get(mapped.label) or _update(work, kind, encoder)
    return done


def _update(work: Work, kind: str, encoder: Encoder[Any]) -> Modality:
    schema = as_items(work.settings.graph, kind)
    settings = msgspec.structs.replace(work.settings, graph=schema)
    here = replace(work, settings=settings, items=store.read_items(work.db, schema))
    done = Modality()
    found, _ = sources(here.items, "text", settings.root)
    current = encode(here, "text", found, encoder, str, done)
    clean_up(here, "text", current, done)
    done.skipped = [replace(skip, path="its words") for skip in done.skipped]
    return done
