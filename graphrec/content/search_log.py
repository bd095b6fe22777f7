"""Encode the words of searches like the items' texts, so that the two can be compared."""

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
    """Update the vectors of all mapped searches.

    If the items' text vectors come from no encoder, leave the searches unchanged and warn.

    Parameters
    ----------
    work
        State of the stage, after the items' text.
    label
        Label of the encoder of the items' text vectors; None if there are no such vectors.

    Returns
    -------
    dict
        Type of search → result. Skipped searches are named by their key, as users' words are private.
    """
    kinds = work.settings.graph.searches
    encoder = work.opened.get("text")
    if kinds and encoder is None:
        why = f"the items' text vectors were given ({label})" if is_given(label) else "no item has text to encode"
        warn(f"searches are not encoded: {why}, so they have no encoder in common with the items")
    if encoder is None:
        return {}
    done: dict[str, Modality] = {}
    labels: dict[str, Modality] = {}
    for kind, mapped in kinds.items():
        # Types with the same target nodes share the work.
        labels[mapped.label] = done[kind] = labels.get(mapped.label) or _update(work, kind, encoder)
    return done


def _update(work: Work, kind: str, encoder: Encoder[Any]) -> Modality:
    schema = as_items(work.settings.graph, kind)
    settings = msgspec.structs.replace(work.settings, graph=schema)
    here = replace(work, settings=settings, items=store.read_items(work.db, schema))
    done = Modality()
    found, _ = sources(here.items, "text", settings.media_folders)
    current = encode(here, "text", found, encoder, str, done)
    clean_up(here, "text", current, done)
    done.skipped = [replace(skip, path="its words") for skip in done.skipped]
    return done
