"""Speech: what espeak-ng says is heard; tiny models hear and speak; recordings that are none."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from graphrec.common.errors import EncoderError, InputError, LanguageError, LibraryError, ResourceError
from graphrec.config.settings import Settings
from graphrec.language.speech import open_listener, read_recording, windows
from graphrec.language.voice import EspeakVoice, open_voice, speak

Make = Callable[..., Settings]
espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def hum(seconds: float, rate: int = 16_000) -> np.ndarray:
    """A tone, float32 [seconds × rate]."""
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@espeak
def test_what_is_spoken_is_heard(project: Make, tmp_path: Path):
    settings = project()
    expected = ["What is the weather?", "play it again qwrtzplk", "turn the light down"]
    voice, listener = open_voice(settings), open_listener(settings, expected)
    for suffix in (".wav", ".flac", ".ogg", ".mp3"):
        file = tmp_path / f"said{suffix}"
        assert speak(voice, "what is the weather", file) == "espeak-ng"
        assert 0.5 < len(read_recording(file, 10)) / 16_000 < 4
    heard = listener.transcribe(tmp_path / "said.wav")
    assert heard.text == "what is the weather"
    assert (heard.how, round(heard.seconds) in (1, 2)) == ("pocketsphinx", True)
    anything = open_listener(settings, ["qwrtzplk"]).transcribe(tmp_path / "said.wav")
    assert "weather" in anything.text.split()
    with pytest.raises(LanguageError, match="English alone, not 'zh'"):
        listener.transcribe(tmp_path / "said.wav", "zh")


@espeak
def test_hostile_texts_are_only_spoken(tmp_path: Path):
    voice, file = EspeakVoice(), tmp_path / "said.wav"
    for text in ("--version", "-f /etc/passwd", "<speak><audio src='x'/></speak>", "[[h'el]]", "\x00\ud800", "你好"):
        speak(voice, text, file, "zh" if text == "你好" else "en")
        assert soundfile.info(file).frames
    for language in ("nowhere", "-f", "../x"):
        with pytest.raises(LanguageError, match=r"espeak-ng (cannot speak|has no language)"):
            speak(voice, "Hello", tmp_path / "no.wav", language)
    assert not (tmp_path / "no.wav").exists()


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [("Hello", "a.txt", "cannot be written as sound"), (" ", "a.wav", "is empty"), ("x" * 10_001, "a.wav", "10,001")],
)
def test_what_cannot_be_spoken(project: Make, tmp_path: Path, text: str, name: str, said: str):
    with pytest.raises(InputError, match=said):
        speak(None, text, tmp_path / name)  # type: ignore[arg-type]  # refused before any voice speaks


def test_without_espeak(project: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ResourceError, match="espeak-ng is not installed") as error:
        open_voice(project())
    assert "apt-get install espeak-ng" in str(error.value)


@pytest.mark.parametrize(
    ("wave", "said"),
    [(hum(3), "longer than 2 seconds"), (0 * hum(1), "silent"), (hum(0.05), "shorter than 0.1 seconds")],
)
def test_recordings_that_are_none(tmp_path: Path, wave: np.ndarray, said: str):
    soundfile.write(tmp_path / "a.wav", wave, 16_000)
    with pytest.raises(InputError, match=said):
        read_recording(tmp_path / "a.wav", 2)
    (tmp_path / "b.wav").write_text("not a sound")
    with pytest.raises(InputError, match="not a readable sound file"):
        read_recording(tmp_path / "b.wav", 2)


def test_long_recordings_are_cut_where_it_is_quiet():
    rate = 1_000
    wave = np.concatenate([hum(1.7, rate), np.zeros(rate // 5, np.float32), hum(1.5, rate)])
    parts = list(windows(wave, rate, 2.0))
    assert sum(map(len, parts)) == len(wave)
    assert 1_700 <= len(parts[0]) <= 1_900
    assert [len(part) for part in windows(hum(5, rate), rate, 2.0)][-1] > 100


@pytest.mark.parametrize("kind", ["listener", "spelling_listener"])
def test_models_hear(project: Make, tiny: Any, tmp_path: Path, kind: str):
    getattr(tiny, kind)(tmp_path / "ears")
    soundfile.write(tmp_path / "a.flac", hum(3, 8_000), 8_000)
    listener = open_listener(project(speech="ears"))
    first, second = (listener.transcribe(tmp_path / "a.flac") for _ in range(2))
    assert first == second
    assert (first.how, first.seconds) == ("model ears", 3.0)
    assert first.text


def test_a_model_speaks(project: Make, tiny: Any, tmp_path: Path):
    tiny.voice(tmp_path / "mouth")
    for name in ("a.wav", "b.wav"):
        assert speak(open_voice(project(voice="mouth")), "hello", tmp_path / name) == "model mouth"
    first, rate = soundfile.read(tmp_path / "a.wav")
    assert (rate, np.isfinite(first).all(), len(first) > 0) == (16_000, True, True)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_models_of_another_kind(project: Make, writer: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="cannot be loaded as a speech recogniser"):
        open_listener(project(speech=str(writer)))
    with pytest.raises(EncoderError, match="is a llama model, not a voice"):
        open_voice(project(voice=str(writer)))
    with pytest.raises(EncoderError, match="voice 'org/none' cannot be fetched"):
        open_voice(project(voice="org/none"))
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(LibraryError, match="pocketsphinx"):
        open_listener(project())
