"""Reading sounds, refusing bad ones, and what MFCC statistics tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from graphrec.common.errors import EncoderError, InputError
from graphrec.content.audio import MAX_SECONDS, RATE, MfccEncoder, open_audio, read_wave


def tone(frequency: float, seconds: float = 0.5, rate: int = 22_050) -> np.ndarray:
    time = np.arange(int(rate * seconds)) / rate
    return sum(0.2 / n * np.sin(2 * np.pi * frequency * n * time) for n in (1, 2, 3)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000])
def test_rates_channels_and_formats(tmp_path, rate):
    wave = tone(440, 1.0, rate)
    soundfile.write(tmp_path / "a.flac", np.stack([wave, wave * 0.5], axis=1), rate)
    read = read_wave(tmp_path / "a.flac")
    assert read.dtype == np.float32
    assert len(read) == pytest.approx(RATE, rel=0.01)
    spectrum = np.abs(np.fft.rfft(read))
    assert spectrum.argmax() * RATE / len(read) == pytest.approx(440, abs=3)


def test_a_long_clip_is_windows_from_beginning_to_end(tmp_path):
    steps = np.concatenate([tone(f, 50, 8_000) for f in (200, 500, 1_000)])
    soundfile.write(tmp_path / "long.wav", steps, 8_000)
    wave = read_wave(tmp_path / "long.wav")
    assert len(wave) == MAX_SECONDS * RATE
    pitches = [np.abs(np.fft.rfft(w)).argmax() / 10 for w in wave.reshape(6, 10 * RATE)]
    assert pitches == pytest.approx([200, 200, 500, 500, 1_000, 1_000], abs=1)
    assert len(read_wave(tmp_path / "long.wav", 48_000, 30)) == MAX_SECONDS * 48_000


def test_the_whole_of_a_clip_counts_block_by_block(tmp_path):
    encoder = MfccEncoder()
    parts = [tone(f, 70, RATE) for f in (150, 900, 2_500)]
    soundfile.write(tmp_path / "all.flac", np.concatenate(parts), RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "first.flac", parts[0], RATE)
    streamed, start = encoder.encode([encoder.read(tmp_path / name) for name in ("all.flac", "first.flac")])
    at_once = encoder.encode([np.concatenate(parts)])[0]
    assert streamed == pytest.approx(at_once, abs=0.05)
    # The mean of the whole is the mean of its thirds, which is far from the first.
    thirds = np.mean([encoder.encode([p])[0][1:20] for p in parts], axis=0)
    assert streamed[1:20] == pytest.approx(thirds, abs=0.2)
    assert np.abs(streamed[1:20] - start[1:20]).max() > 5


def test_moments_of_blocks_are_those_of_the_whole(tmp_path):
    wave = np.concatenate([tone(200, 29.9, RATE), tone(3_000, 29.9, RATE), np.zeros(40, np.float32)])
    wave += np.random.default_rng(0).standard_normal(len(wave)).astype(np.float32) * 0.02
    encoder, mfcc = MfccEncoder(), MfccEncoder()._mfcc
    frames = mfcc(torch.from_numpy(wave * np.float32(0.1 / np.sqrt(np.mean(wave**2))))).numpy()
    found = encoder.encode([wave])[0]
    assert found[:20] == pytest.approx(frames.mean(axis=1), abs=0.05)
    assert found[20:40] == pytest.approx(frames.std(axis=1, ddof=1), abs=0.05)


def test_bad_files_are_refused_with_a_reason(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    soundfile.write(tmp_path / "silent.wav", np.zeros(4_000, np.float32), 8_000)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.float32), 8_000)
    soundfile.write(tmp_path / "nan.wav", np.full(4_000, np.nan, np.float32), 8_000, subtype="FLOAT")
    soundfile.write(tmp_path / "rate.wav", tone(100, 1, 8_000), 11)
    reasons = {
        "text.wav": "not a readable sound file",
        "silent.wav": "silent",
        "empty.wav": "no samples",
        "nan.wav": "NaN",
        "rate.wav": "sample rate of 11 Hz",
        "none.wav": "no such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(InputError, match=reason):
            read_wave(tmp_path / name)


def test_loudness_does_not_count_and_pitch_does():
    encoder = MfccEncoder()
    low, quiet, near, high = (w[:8_000] for w in (tone(110), 0.05 * tone(110), tone(120), tone(3_000)))
    vectors = encoder.encode([low, quiet.astype(np.float32), near, high])
    assert (vectors.shape, vectors.dtype) == ((4, 80), np.float32)
    assert vectors[1] == pytest.approx(vectors[0], abs=1e-2)
    assert np.linalg.norm(vectors[0] - vectors[2]) < 0.5 * np.linalg.norm(vectors[0] - vectors[3])


def test_the_shortest_clicks():
    assert np.isfinite(MfccEncoder().encode([np.ones(1, np.float32), tone(100)[:30]])).all()


def test_unknown_encoder():
    with pytest.raises(EncoderError, match="'vggish'"):
        open_audio("vggish", Path())
