"""Reading sounds, refusing bad ones, and what MFCC statistics tell apart."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from graphrec.content.audio import MAX_SECONDS, RATE, MfccEncoder, open_audio, read_wave
from graphrec.errors import EncoderError, InputError


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


def test_a_long_clip_is_cut(tmp_path):
    soundfile.write(tmp_path / "long.wav", tone(200, MAX_SECONDS + 30, 8_000), 8_000)
    assert len(read_wave(tmp_path / "long.wav")) == MAX_SECONDS * RATE


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
        open_audio("vggish")
