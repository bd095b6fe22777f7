"""Audio models of transformers: rates, windows, masks, the space of texts, and why others are refused."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import transformers as t
from safetensors.torch import load_file, save_file

from graphrec.common.errors import EncoderError, InputError
from graphrec.content.audio import open_audio
from graphrec.content.encoder import SpaceEncoder

TINY = runpy.run_path(str(Path(__file__).with_name("tiny.py")))
KINDS = ("ast", "whisper", "wav2vec2", "clap")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hearing")
    for kind in KINDS:
        TINY[kind](root / kind)
    return root


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(samples) * 0.2).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_finite_and_independent_of_the_batch(models, kind):
    encoder = open_audio(kind, models)
    waves = [noise(n, n) for n in (100_000, 9, 30_000, 33_000, 30_000)]
    vectors = encoder.encode(waves)
    assert (vectors.shape, vectors.dtype, encoder.kind) == ((5, encoder.dim), np.float32, "pretrained")
    for wave, vector in zip(waves, vectors, strict=True):
        assert encoder.encode([wave])[0] == pytest.approx(vector, abs=1e-5)
    assert np.linalg.norm(vectors[0] - vectors[2]) > 1e-4
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert isinstance(encoder, SpaceEncoder) == (kind == "clap")


@pytest.mark.parametrize(
    ("kind", "rate", "window"),
    [("ast", 16_000, 1.28), ("whisper", 16_000, 2), ("wav2vec2", 16_000, 10), ("clap", 48_000, 2)],
)
def test_files_are_read_at_the_rate_of_the_model(models, tmp_path, kind, rate, window):
    encoder = open_audio(kind, models)
    assert (encoder.rate, encoder.window) == (rate, window)
    tone = np.sin(np.arange(44_100) / 44_100 * 2 * np.pi * 1_000) * 0.3
    soundfile.write(tmp_path / "tone.flac", np.stack([tone, tone], axis=1), 44_100)
    wave = encoder.read(tmp_path / "tone.flac")
    assert len(wave) == rate
    assert np.abs(np.fft.rfft(wave)).argmax() == pytest.approx(1_000, abs=2)
    with pytest.raises(InputError, match="no such file"):
        encoder.read(tmp_path / "none.flac")


def test_long_clips_are_windows_from_all_over_averaged(models, tmp_path):
    encoder = open_audio("whisper", models)
    rate, minutes = 8_000, 4
    rising = np.concatenate([np.full(rate * 60, level) for level in (0.1, 0.2, 0.3, 0.4)]).astype(np.float32)
    soundfile.write(tmp_path / "long.wav", rising, rate)
    wave = encoder.read(tmp_path / "long.wav")
    assert len(wave) == 60 * encoder.rate < minutes * 60 * encoder.rate
    middles = wave.reshape(30, 2 * encoder.rate)[:, encoder.rate]
    assert middles[0] == pytest.approx(0.1, abs=0.02)
    assert middles[-1] == pytest.approx(0.4, abs=0.02)
    assert (np.diff(middles) > -0.02).all()
    two = np.concatenate([noise(32_000, 1), noise(32_000, 2)])
    first, second, both = encoder.encode([two[:32_000], two[32_000:], two])
    assert both == pytest.approx((first + second) / 2, abs=1e-5)


def test_whisper_leaves_out_what_it_fills_up_with(models):
    folder, wave = models / "whisper", noise(8_000)  # half a second of its two
    extractor = t.AutoFeatureExtractor.from_pretrained(folder)
    listener = t.WhisperModel.from_pretrained(folder).train(False).get_encoder()
    with torch.inference_mode():
        states = listener(extractor([wave], sampling_rate=16_000, return_tensors="pt").input_features).last_hidden_state
    found = open_audio("whisper", models).encode([wave])[0]
    assert found == pytest.approx(states[0, :25].mean(dim=0).numpy(), abs=1e-5)
    assert np.abs(found - states[0].mean(dim=0).numpy()).max() > 1e-3


def test_wav2vec2_is_the_mean_over_time(models):
    folder, wave = models / "wav2vec2", noise(12_345)
    inputs = t.AutoFeatureExtractor.from_pretrained(folder)([wave], sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        states = t.Wav2Vec2Model.from_pretrained(folder).train(False)(inputs.input_values).last_hidden_state
    found = open_audio("wav2vec2", models).encode([wave, noise(30_000)])[0]
    assert found == pytest.approx(states[0].mean(dim=0).numpy(), abs=1e-5)


def test_ast_is_its_pooled_output(models):
    folder, wave = models / "ast", noise(16_000)
    inputs = t.AutoFeatureExtractor.from_pretrained(folder)([wave], sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        pooled = t.ASTModel.from_pretrained(folder).train(False)(inputs.input_values).pooler_output
    assert open_audio("ast", models).encode([wave])[0] == pytest.approx(pooled[0].numpy(), abs=1e-5)


def test_sounds_and_texts_in_one_space(models):
    encoder = open_audio("clap", models)
    model = t.ClapModel.from_pretrained(models / "clap").train(False)
    with torch.inference_mode():
        read = model.get_text_features(input_ids=torch.tensor([[0, 4, 10, 9, 2]])).pooler_output
    vectors = encoder.encode_text(["a low sound", "a cat " * 50])
    assert vectors[0] == pytest.approx(read[0].numpy(), abs=1e-5)
    assert vectors.shape == (2, encoder.dim)


def test_the_fused_clap_rolls_no_dice(tmp_path):
    TINY["clap"](tmp_path / "fused", fusion=True)
    encoder, waves = open_audio("fused", tmp_path), [noise(50_000, n) for n in range(3)]
    vectors = [encoder.encode(waves) for _ in range(5)]
    assert np.ptp(vectors, axis=0).max() == 0


def test_the_fingerprint_covers_weights_and_preprocessing(tmp_path):
    folder = TINY["whisper"](tmp_path / "whisper")
    prints = {open_audio("whisper", tmp_path).fingerprint}
    assert open_audio(str(folder), Path("elsewhere")).fingerprint in prints
    t.WhisperFeatureExtractor(feature_size=16, chunk_length=2, dither=0.1).save_pretrained(folder)
    prints.add(open_audio("whisper", tmp_path).fingerprint)
    state = load_file(folder / "model.safetensors")
    state["encoder.layer_norm.weight"] += 1
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    prints.add(open_audio("whisper", tmp_path).fingerprint)
    assert len(prints) == 3


def test_the_half_of_whisper_that_speaks_may_be_missing(tmp_path):
    folder = TINY["whisper"](tmp_path / "whisper")
    before = open_audio("whisper", tmp_path).encode([noise(9_000)])
    state = {k: v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith("decoder.")}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    assert open_audio("whisper", tmp_path).encode([noise(9_000)]) == pytest.approx(before, abs=1e-6)


def test_what_is_no_audio_model_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="unknown audio encoder 'vggish'") as error:
        open_audio("vggish", tmp_path)
    for way in ("mfcc", "directory", "ORG/NAME", "none"):
        assert way in str(error.value)
    with pytest.raises(EncoderError, match="not a directory"):
        open_audio("./nowhere", tmp_path)
    TINY["vit"](tmp_path / "vit")
    with pytest.raises(EncoderError, match=r"not an audio encoder|cannot be loaded as an audio encoder"):
        open_audio("vit", tmp_path)
    folder = TINY["ast"](tmp_path / "cut")
    state = load_file(folder / "model.safetensors")
    del state["layernorm.weight"]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match="lacks 1 weights"):
        open_audio("cut", tmp_path)
