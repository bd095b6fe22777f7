"""Text encoders: the packaged one, local directories, and why others are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from graphrec.content.text import open_text
from graphrec.errors import EncoderError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "an", "the", "film", "about", "toys", "war", "love"]


@pytest.fixture(scope="module")
def minilm():
    return open_text("auto", Path())


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small BERT with random weights, saved as people save theirs."""
    folder = tmp_path / "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=12,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def pooling(folder: Path, mode: str, *modules: str) -> None:
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{mode}": True}))
    kinds = [{"type": f"sentence_transformers.models.{m}"} for m in ("Transformer", "Pooling", *modules)]
    (folder / "modules.json").write_text(json.dumps(kinds))


def test_meaning_not_words(minilm):
    texts = ["a movie for children with cartoon animals", "an animated family film", "trench warfare in 1917"]
    vectors = minilm.encode(texts)
    assert (vectors.shape, vectors.dtype, minilm.dim) == ((3, 384), np.float32, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_neighbours_in_the_batch_do_not_count(minilm):
    alone = minilm.encode(["a film"])[0]
    together = minilm.encode(["a film", "a film", "a much longer text " * 90])
    assert (together[0] == together[1]).all()
    assert together[0] == pytest.approx(alone, abs=1e-5)


def test_local_directory_pools_as_it_says(tiny):
    text = "the film about toys"
    plain = open_text("tiny", tiny.parent)
    assert (plain.dim, plain.max_length) == (16, 12)
    model, ids = BertModel.from_pretrained(tiny).train(False), torch.tensor([[2, 7, 8, 9, 10, 3]])
    with torch.inference_mode():
        states = model(ids).last_hidden_state[0].numpy()
    both = [text, "a film war about love"]
    assert plain.encode(both)[0] == pytest.approx(states.mean(axis=0), abs=1e-5)
    prints = {plain.fingerprint}
    for mode, expected in {"cls_token": states[0], "max_tokens": states.max(axis=0)}.items():
        pooling(tiny, mode)
        encoder = open_text(str(tiny), Path())
        assert encoder.encode(both)[0] == pytest.approx(expected, abs=1e-5)
        prints.add(encoder.fingerprint)
    pooling(tiny, "mean_tokens", "Normalize")
    unit = open_text(str(tiny), Path())
    assert unit.encode([text])[0] == pytest.approx(states.mean(axis=0) / np.linalg.norm(states.mean(axis=0)), abs=1e-5)
    assert len(prints | {unit.fingerprint}) == 4
    assert open_text(str(tiny), Path()).fingerprint == unit.fingerprint


def test_long_texts_are_cut(tiny):
    encoder = open_text(str(tiny), Path())
    assert encoder.encode(["toys " * 500])[0] == pytest.approx(encoder.encode(["toys " * 10])[0], abs=1e-5)


def test_broken_directories_are_refused(tiny):
    pooling(tiny, "mean_tokens", "Dense")
    with pytest.raises(EncoderError, match="Dense module"):
        open_text(str(tiny), Path())
    pooling(tiny, "weightedmean_tokens")
    with pytest.raises(EncoderError, match="pools by weightedmean"):
        open_text(str(tiny), Path())
    pooling(tiny, "mean_tokens")
    weights = tiny / "model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[: len(data) // 2])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        open_text(str(tiny), Path())
    weights.unlink()
    with pytest.raises(EncoderError, match="no weights in safetensors"):
        open_text(str(tiny), Path())
    (tiny / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"no config\.json"):
        open_text(str(tiny), Path())


def test_a_checkpoint_that_lacks_weights_is_not_filled_with_noise(tiny):
    from safetensors.torch import load_file, save_file

    state = load_file(tiny / "model.safetensors")
    del state["encoder.layer.1.output.dense.weight"]
    save_file(state, tiny / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match="lacks 1 weights"):
        open_text(str(tiny), Path())


def test_names_that_lead_nowhere_name_the_ways_out(tmp_path, monkeypatch):
    import huggingface_hub.constants as hub

    with pytest.raises(EncoderError, match="not a directory"):
        open_text("./nowhere", tmp_path)
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="'someone/some-model' cannot be fetched") as error:
        open_text("someone/some-model", tmp_path)
    assert "local directory" in str(error.value)
    assert "graphrec[minilm]" in str(error.value)
    assert "text = 'tfidf'" in str(error.value)
    with pytest.raises(EncoderError, match="no text encoder 'not a name!'"):
        open_text("not a name!", tmp_path)
