"""Text encoders: the packaged one, local directories of all kinds of models, and why others are refused."""

from __future__ import annotations

import csv
import html
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    BartConfig,
    BartModel,
    BertConfig,
    BertModel,
    BertTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    T5Config,
    T5EncoderModel,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTModel,
    WhisperConfig,
    WhisperModel,
)

from graphrec.common.errors import EncoderError
from graphrec.content.text import open_reader, open_text

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "an", "the", "film", "about", "toys", "war", "love"]
SIZES = {"vocab_size": 280, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
LLAMA = {**SIZES, "intermediate_size": 32, "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0}
PAIRED = {"vocab_size": 280, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "pad_token_id": 0,
    "bos_token_id": 0, "eos_token_id": 0, "decoder_start_token_id": 0, "forced_eos_token_id": None}  # fmt: skip
T5 = {"vocab_size": 280, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}
MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**SIZES, n_positions=64, bos_token_id=0, eos_token_id=0)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**LLAMA)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**LLAMA, num_key_value_heads=1)),
    "t5": lambda: T5ForConditionalGeneration(T5Config(**T5)),
    "t5-encoder": lambda: T5EncoderModel(T5Config(**T5)),
    "bart": lambda: BartModel(BartConfig(**PAIRED, max_position_embeddings=64)),
    "vit": lambda: ViTModel(ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=32)),
    "whisper": lambda: WhisperModel(WhisperConfig(**PAIRED, begin_suppress_tokens=None)),
}  # fmt: skip
CAUSAL = ("gpt2", "llama", "qwen2")


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


@pytest.fixture(scope="module")
def pieces() -> ByteLevelBPETokenizer:
    """Pieces of words, learned from a few, as GPT-2 has them."""
    tokenizer = ByteLevelBPETokenizer()
    words = ["the film about toys and war", "a film about love"]
    tokenizer.train_from_iterator(words, vocab_size=280, special_tokens=["<eos>"], show_progress=False)
    return tokenizer


@pytest.fixture
def make(tmp_path: Path, pieces: ByteLevelBPETokenizer):
    """Save a small model of a kind with random weights and a tokenizer that has no padding token."""

    def saved(kind: str, side: str = "right") -> Path:
        folder = tmp_path / f"{kind}-{side}"
        torch.manual_seed(0)
        MODELS[kind]().save_pretrained(folder)
        options = {"eos_token": "<eos>", "padding_side": side}
        PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, **options).save_pretrained(folder)
        return folder

    return saved


def states_of(folder: Path, pieces: ByteLevelBPETokenizer, text: str) -> np.ndarray:
    """The last states of a text that stands alone, by transformers itself."""
    torch.manual_seed(0)
    model = MODELS[folder.name.rpartition("-")[0]]().train(False)
    reader = model.get_encoder() if model.config.is_encoder_decoder else model.base_model
    with torch.inference_mode():
        return reader(torch.tensor([pieces.encode(text).ids])).last_hidden_state[0].numpy()


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


@pytest.mark.parametrize("kind", [*CAUSAL, "t5", "t5-encoder", "bart"])
def test_language_models_read_like_encoders(make, pieces, kind):
    texts = ["a film", "the film about toys and war and love and toys", "", "war"]
    folder = make(kind)
    encoder = open_text(str(folder), Path())
    vectors = encoder.encode(texts)
    assert (encoder.kind, encoder.dim, vectors.shape) == ("pretrained", 16, (4, 16))
    assert not vectors[2].any()
    for n in (0, 1, 3):
        assert vectors[n] == pytest.approx(states_of(folder, pieces, texts[n]).mean(axis=0), abs=1e-5)
        assert encoder.encode([texts[n]])[0] == pytest.approx(vectors[n], abs=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-2


@pytest.mark.parametrize("kind", CAUSAL)
def test_the_side_of_padding_does_not_count(make, pieces, kind):
    texts = ["a film", "the film about toys and war and love and toys"]
    states = states_of(make(kind), pieces, texts[0])
    places = np.arange(1, len(states) + 1)[:, None]
    expected = {
        "lasttoken": states[-1],
        "weightedmean_tokens": (states * places).sum(axis=0) / places.sum(),
        "mean_sqrt_len_tokens": states.sum(axis=0) / np.sqrt(len(states)),
        "cls_token": states[0],
    }
    for side in ("left", "right"):
        for mode, vector in expected.items():
            folder = make(kind, side)
            pooling(folder, mode)
            assert open_text(str(folder), Path()).encode(texts)[0] == pytest.approx(vector, abs=1e-5)


def test_dense_layers_and_prompts_of_sentence_transformers(make, pieces):
    folder = make("llama")
    plain = open_text(str(folder), Path()).fingerprint
    states = states_of(folder, pieces, "the film about love").mean(axis=0)
    weight, bias = torch.randn(6, 16), torch.randn(6)
    dense = folder / "2_Dense"
    dense.mkdir()
    save_file({"linear.weight": weight, "linear.bias": bias}, dense / "model.safetensors")
    said = {"in_features": 16, "out_features": 6, "bias": True, "activation_function": "torch.nn.modules.Tanh"}
    (dense / "config.json").write_text(json.dumps(said))
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Dense": "2_Dense", "Normalize": "3_Normalize"}
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for kind, path in paths.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    prompts = {"prompts": {"query": "about ", "item": "the film "}, "default_prompt_name": "item"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    encoder = open_text(str(folder), Path())
    expected = np.tanh(weight.numpy() @ states + bias.numpy())
    assert encoder.dim == 6
    assert encoder.encode(["about love"])[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)
    save_file({"linear.weight": -weight, "linear.bias": bias}, dense / "model.safetensors")
    assert len({plain, encoder.fingerprint, open_text(str(folder), Path()).fingerprint}) == 3

    (dense / "config.json").write_text(json.dumps(said | {"activation_function": "torch.nn.Softmax"}))
    with pytest.raises(EncoderError, match="ends in Softmax; known: Identity"):
        open_text(str(folder), Path())
    (dense / "config.json").write_text(json.dumps(said | {"out_features": 7}))
    with pytest.raises(EncoderError, match="cannot be loaded as a dense layer"):
        open_text(str(folder), Path())
    (dense / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="2_Dense has no weights in safetensors"):
        open_text(str(folder), Path())


@pytest.mark.parametrize("kind", ["vit", "whisper"])
def test_models_of_other_things_are_refused(make, kind):
    with pytest.raises(EncoderError, match=f"is a {kind} model, not a text encoder"):
        open_text(str(make(kind)), Path())
    with pytest.raises(EncoderError, match=f"is a {kind} model, not a language model") as error:
        open_reader(str(make(kind)), Path())
    assert "llm = 'none'" in str(error.value)


def test_texts_are_cleaned_first(minilm):
    raw = ["<p>A film about <b>toys</b> &amp; love</p>", "Ａ film about\u200b toys &#38; love\n", "<br>&nbsp;"]
    vectors = minilm.encode(raw)
    plain = minilm.encode(["A film about toys & love"])[0]
    assert vectors[:2] == pytest.approx(np.stack([plain, plain]), abs=1e-6)
    assert not vectors[2].any()
    assert minilm.encode([]).shape == (0, 384)


def test_real_descriptions_with_and_without_markup(minilm, shared_data):
    with (shared_data / "ml-100k" / "media.tsv").open(encoding="utf-8", newline="") as stream:
        found = [row["description"][:300] for row in csv.DictReader(stream, delimiter="\t")]
    texts = list(dict.fromkeys(found))[:24]  # some films are listed twice
    plain = minilm.encode(texts)
    wrapped = minilm.encode([f"<div><p>\u200b{html.escape(text)}</p>&nbsp;</div>" for text in texts])
    assert wrapped == pytest.approx(plain, abs=1e-5)
    assert (plain @ plain.T - 2 * np.eye(len(texts))).max() < 0.95


def test_long_texts_are_read_in_windows(tiny):
    encoder = open_text(str(tiny), Path())
    film, war, love = "film about toys " * 5, "war " * 10, "love"
    parts = encoder.encode([" ".join(film.split()[:10]), " ".join([*film.split()[10:], *war.split()[:5]]), "war " * 5])
    expected = (10 * parts[0] + 10 * parts[1] + 5 * parts[2]) / 25
    found = encoder.encode([love, film + war, ""])
    assert found[1] == pytest.approx(expected, abs=1e-5)
    assert (found[0] == encoder.encode([love, "a film", ""])[0]).all()
    assert not found[2].any()


def test_the_end_of_a_long_text_counts(minilm):
    same = "a quiet film about a family in a small town " * 42  # 420 words
    vectors = minilm.encode([same + end * 30 for end in ("trench warfare in 1917 ", "toys that come alive ")])
    assert vectors[0] @ vectors[1] < 0.99
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_broken_directories_are_refused(tiny):
    pooling(tiny, "mean_tokens", "WordWeights")
    with pytest.raises(EncoderError, match="WordWeights module"):
        open_text(str(tiny), Path())
    pooling(tiny, "mean_tokens", "Dense")
    with pytest.raises(EncoderError, match="names no in_features"):
        open_text(str(tiny), Path())
    pooling(tiny, "median_tokens")
    with pytest.raises(EncoderError, match="pools by median"):
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
    from safetensors.torch import load_file

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
