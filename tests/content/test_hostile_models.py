"""Directories of models that are none: each is refused at once, with the directory's name."""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import EncoderError, InputError
from graphrec.content.precomputed import open_given
from graphrec.content.text import open_text

TINY = runpy.run_path(str(Path(__file__).with_name("tiny.py")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BERT that opens."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    folder = tmp_path_factory.mktemp("models") / "whole"
    model = t.BertModel(t.BertConfig(**sizes, vocab_size=len(TINY["WORDS"]), max_position_embeddings=12))
    for part in (model, TINY["tokenizer"]()):
        part.save_pretrained(folder)
    return folder


#: What a configuration says in place of what it should.
VALUES: dict[str, Any] = {
    "100,000 layers": {"num_hidden_layers": 100_000},
    "10^9 labels": {"num_labels": 10**9},
    "10^10 positions": {"max_position_embeddings": 10**10},
    "10^10 words": {"vocab_size": 10**10},
    "a width of 10^9": {"hidden_size": 10**9},
    "an infinite width": {"hidden_size": float("inf")},
    "a negative width": {"hidden_size": -5},
    "a width of text": {"hidden_size": "x"},
    "no heads": {"num_attention_heads": 0},
    "10^9 heads": {"num_attention_heads": 10**9},
    "another activation": {"hidden_act": "\x1b[2J" * 1_000},
    "a type that is a list": {"model_type": ["bert"]},
    "an unknown type": {"model_type": "../../etc/passwd"},
    "its own code": {"auto_map": {"AutoModel": "evil.Model"}, "model_type": "evil"},
}


def copied(whole: Path, folder: Path) -> Path:
    """A copy with links in place of the files."""
    folder.mkdir()
    for file in whole.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


@pytest.mark.parametrize("case", VALUES)
def test_configurations(case: str, whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "model")
    config = folder / "config.json"
    said = json.loads(config.read_text()) | VALUES[case]
    config.unlink()
    config.write_text(json.dumps(said))
    with pytest.raises(EncoderError, match="model"):
        open_text("model", tmp_path)


#: What stands in the place of a file.
FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
    "deep": lambda file: file.write_text("[" * 100_000),
    "null": lambda file: file.write_text("null"),
    "zeros": lambda file: file.write_bytes(bytes(99)),
    "a head of 2^62 bytes": lambda file: file.write_bytes((2**62).to_bytes(8, "little") + b"{}"),
}


#: A model without this file, or with nothing in it, has no layers after the network.
MODULES = "modules.json"
NAMES = ("config.json", "tokenizer.json", "model.safetensors", MODULES)


@pytest.mark.parametrize(
    ("case", "name"),
    [(case, name) for case in FILES for name in NAMES if name != MODULES or case not in ("a folder", "null")],
)
def test_files_of_a_model(case: str, name: str, whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "model")
    (folder / name).unlink(missing_ok=True)
    FILES[case](folder / name)
    with pytest.raises((EncoderError, InputError), match="model"):
        open_text("model", tmp_path)


def test_the_whole_one_opens(whole: Path) -> None:
    assert open_text(str(whole), whole).dim == 16


@pytest.mark.parametrize("ending", ["npy", "parquet"])
@pytest.mark.parametrize("case", FILES)
def test_files_of_vectors(case: str, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"vectors.{ending}"
    FILES[case](file)
    with pytest.raises(InputError, match="vectors"):
        open_given(file, "itemId")
