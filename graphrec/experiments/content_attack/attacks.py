"""The attacks: each returns new vectors of the targets, within its budget."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from graphrec.content.encoder import Encoder
from graphrec.experiments.content_attack.direction import Direction

#: Words of the catalogue that an attacker considers: the most frequent ones of four letters or more.
VOCABULARY = 400
#: Words tried at each place, best alone first.
TRIED = 6
_WORD = re.compile(r"[^\W\d_]{4,}")
#: Share of the picture that the first squares cover, and the shares of the queries after which it halves.
_COVER, _HALVE = 0.1, (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


def by_vector(direction: Direction, vectors: Tensor, items: Tensor, reach: float) -> Tensor:
    """Return the vectors ``[n, width]`` of some items, each turned by adding a step of length ``reach``.

    The step is added to the vector as the model uses it, of length one: the adversary of training does the same.
    """
    raw = vectors[items] - direction.centre
    turned = F.normalize(F.normalize(raw, dim=1) + reach * direction.gradient[items], dim=1)
    found: Tensor = direction.centre + turned * raw.norm(dim=1, keepdim=True)
    return found


def vocabulary(texts: Iterable[str]) -> list[str]:
    """Return the most frequent longer words of some texts, by the number of texts that have them."""
    counts = Counter(word for text in texts for word in sorted(set(_WORD.findall(text.lower()))))
    return [word for word, _ in counts.most_common(VOCABULARY)]


class WordAttack:
    """Puts a few words in front of a text.

    Parameters
    ----------
    encoder
        The run's text encoder.
    direction
        Where the vectors should go.
    words
        Words to choose from.
    most
        Words to add at most.
    """

    def __init__(self, encoder: Encoder[str], direction: Direction, words: list[str], most: int) -> None:
        self._encoder, self._direction, self._words, self._most = encoder, direction, words, most
        self._alone = torch.from_numpy(encoder.encode(words))

    def __call__(self, item: int, text: str) -> tuple[str, Tensor]:
        """Return the text that goes farthest, word by word, and its vector ``[width]``."""
        alone = self._direction.value(item, self._alone)
        tried = [self._words[place] for place in alone.topk(min(TRIED, len(alone))).indices.tolist()]
        best, vector = text, torch.from_numpy(self._encoder.encode([text]))
        value = float(self._direction.value(item, vector))
        for _ in range(self._most):
            texts = [f"{word} {best}" for word in tried]
            made = torch.from_numpy(self._encoder.encode(texts))
            values = self._direction.value(item, made)
            place = int(values.argmax())
            if float(values[place]) <= value:
                break
            best, vector, value = texts[place], made[place : place + 1], float(values[place])
        return best, vector[0]


class PixelAttack:
    """Changes every pixel by at most a few levels: the Square Attack (Andriushchenko et al. 2020), without gradients.

    It asks the encoder alone, so it works with networks and with descriptors that cannot be differentiated.

    Parameters
    ----------
    encoder
        The run's image encoder.
    direction
        Where the vectors should go.
    levels
        Levels of 256 by which each colour of a pixel may change.
    queries
        Pictures that may be encoded per item.
    """

    def __init__(self, encoder: Encoder[Any], direction: Direction, levels: int, queries: int) -> None:
        self._encoder, self._direction, self._levels, self._queries = encoder, direction, levels, queries

    def __call__(self, item: int, picture: Image.Image, seed: int) -> tuple[Image.Image, Tensor]:
        """Return the picture that goes farthest, the given one at worst, and its vector ``[width]``."""
        rng = np.random.default_rng(seed)
        clean = np.asarray(picture).astype(np.int16)
        height, width, colours = clean.shape
        best, vector = picture, self._encode(picture)
        value = float(self._direction.value(item, vector))
        change = self._levels * rng.choice(np.array([-1, 1], np.int16), (1, width, colours)).repeat(height, 0)
        start = -np.inf  # the stripes are where the search begins, however bad they are
        for query in range(self._queries):
            tried = change.copy()
            if query:
                cover = _COVER / 2 ** sum(query >= share * self._queries for share in _HALVE)
                side = max(1, min(round((cover * height * width) ** 0.5), height, width))
                top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
                signs = rng.choice(np.array([-1, 1], np.int16), colours)
                tried[top : top + side, left : left + side] = self._levels * signs
            made = Image.fromarray((clean + tried).clip(0, 255).astype(np.uint8))
            found = self._encode(made)
            reached = float(self._direction.value(item, found))
            if reached > start:
                start, change = reached, tried
            if reached > value:
                best, vector, value = made, found, reached
        return best, vector[0]

    def _encode(self, picture: Image.Image) -> Tensor:
        encoded: NDArray[np.float32] = self._encoder.encode([picture])
        return torch.from_numpy(encoded)
