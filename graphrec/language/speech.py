"""Speech to text: transformers models, and pocketsphinx where there is none."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from graphrec.common.errors import InputError, LanguageError
from graphrec.common.libraries import library
from graphrec.config.settings import Settings
from graphrec.content.audio_file import RATE, Wave, check_audible, check_libraries, opened, resample, take
from graphrec.content.files import Media
from graphrec.content.hub import load_model, load_part, model_folder, reason
from graphrec.language.extra import extra_library

POCKETSPHINX = "pocketsphinx"
HINT = (
    "speech = a directory with a transformers model for speech recognition (Whisper, wav2vec 2.0 …), ORG/NAME on the "
    "hub, or 'pocketsphinx', which needs neither"
)
_WHAT = "speech recogniser"
#: Seconds that models without a length of their own hear at once.
_WINDOW = 30.0
#: Shortest recording in seconds; models need at least a few frames.
_SHORTEST = 0.1
#: A long recording is cut at its quietest moment in the last part of a window.
_LAST, _QUIET = 0.25, 0.05
#: Seconds of faint noise around a recording for pocketsphinx, which otherwise loses its first and last words.
_MARGIN, _FAINT = 0.3, 1e-4


@dataclass(frozen=True)
class Transcript:
    """What was heard.

    ``seconds``: length of the recording; ``how``: ``model NAME``, or ``pocketsphinx``, a small model of English.
    """

    text: str
    seconds: float
    how: str


class Recogniser(Protocol):
    """Turns a recording into text."""

    #: See :class:`Transcript`.
    how: str

    def hear(self, wave: Wave, language: str | None) -> str:
        """Return the words of mono samples at 16 kHz; the language is a code such as ``en``, None if unknown."""


class PocketsphinxRecogniser:
    """A small model of English, which its package brings: modest, but needs no hub.

    Parameters
    ----------
    expected
        Sentences as they are expected, of which it then hears the words in the likeliest order, and no others; empty:
        any English.

    Raises
    ------
    LibraryError
        pocketsphinx is not installed.
    """

    how = POCKETSPHINX

    def __init__(self, expected: Sequence[str] = ()) -> None:
        with extra_library("pocketsphinx"):
            from pocketsphinx import Decoder
        with tempfile.TemporaryDirectory() as folder:
            options = _only(expected, Path(folder))
            self._decoder: Any = Decoder(samprate=float(RATE), loglevel="FATAL", **options)
        self._alone = threading.Lock()

    def hear(self, wave: Wave, language: str | None) -> str:
        """Return the words, in lower case.

        Raises
        ------
        LanguageError
            Another language than English is asked for.
        """
        if language not in (None, "en"):
            raise LanguageError(f"pocketsphinx hears English alone, not {language!r}", hint=HINT)
        margin = np.random.default_rng(0).normal(0, _FAINT, int(_MARGIN * RATE)).astype(np.float32)
        samples = np.clip(np.concatenate([margin, wave, margin]), -1, 1) * 32_767
        with self._alone:
            self._decoder.start_utt()
            self._decoder.process_raw(samples.astype("<i2").tobytes(), False, True)
            self._decoder.end_utt()
            found = self._decoder.hyp()
        return str(found.hypstr) if found is not None else ""


def _only(sentences: Sequence[str], folder: Path) -> dict[str, str]:
    """Write the words of sentences, with how they sound and follow each other; return the options that read the files.

    Without any word that pocketsphinx' dictionary has, there are none.
    """
    from pocketsphinx import get_model_path
    from pocketsphinx.lm import ArpaBoLM

    said = [re.findall(r"[a-z']+", one.lower()) for one in sentences]
    wanted = {word for one in said for word in one}
    if not wanted:
        return {}
    whole = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    # A word that can be said in two ways stands there a second time, as word(2). The whole dictionary beside a small
    # language model would take pocketsphinx 13 seconds to open.
    lines = [line for line in whole if line.partition(" ")[0].partition("(")[0] in wanted]
    known = {line.partition(" ")[0] for line in lines}
    told = [" ".join(word for word in one if word in known) for one in said]
    if not known:
        return {}
    model = ArpaBoLM(text="\n".join(filter(None, told)), add_start=True)
    model.compute()
    options = {"lm": str(folder / "expected.lm"), "dict": str(folder / "expected.dict")}
    model.write_file(options["lm"])
    Path(options["dict"]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return options


class ModelRecogniser:
    """A transformers model for speech recognition: Whisper and its kin, or a network with letters (CTC).

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or not one for speech recognition.
    """

    def __init__(self, name: str, root: Path) -> None:
        check_libraries()
        with library("transformers"):
            from transformers import (
                AutoConfig,
                AutoFeatureExtractor,
                AutoModelForCTC,
                AutoModelForSpeechSeq2Seq,
                AutoTokenizer,
            )
        self.how = f"model {name}"
        folder = model_folder(name, root, what=_WHAT, hint=HINT)
        config = load_part(folder, AutoConfig, what=_WHAT, hint=HINT)
        self._letters = any(str(one).endswith("ForCTC") for one in config.architectures or ())
        loader = AutoModelForCTC if self._letters else AutoModelForSpeechSeq2Seq
        self._model: Any = load_model(folder, loader, what=_WHAT, hint=HINT, unused=("masked_spec_embed",))
        self._extractor: Any = load_part(folder, AutoFeatureExtractor, what=_WHAT, hint=HINT)
        self._tokenizer: Any = load_part(folder, AutoTokenizer, what=_WHAT, hint=HINT)
        self._window = float(getattr(self._extractor, "chunk_length", None) or _WINDOW)
        self._alone = threading.Lock()

    def hear(self, wave: Wave, language: str | None) -> str:
        """Return the words.

        Raises
        ------
        LanguageError
            The model fails, or does not know the language.
        """
        rate = int(self._extractor.sampling_rate)
        heard = wave if rate == RATE else resample(wave, RATE, rate)
        try:
            with self._alone:
                texts = [self._words(part, rate, language) for part in windows(heard, rate, self._window)]
        except (ValueError, RuntimeError, TypeError, IndexError) as error:
            raise LanguageError(f"{self.how} cannot hear this: {reason(error)}", hint=HINT) from error
        return " ".join(text for text in texts if text)

    def _words(self, wave: Wave, rate: int, language: str | None) -> str:
        import torch

        inputs = self._extractor(wave, sampling_rate=rate, return_tensors="pt").to(self._model.device)
        with torch.inference_mode():
            if self._letters:
                ids = self._model(**inputs).logits.argmax(dim=-1)
            else:
                ids = self._model.generate(**inputs, do_sample=False, num_beams=1, **self._asked(language))
        return str(self._tokenizer.batch_decode(ids, skip_special_tokens=True)[0]).strip()

    def _asked(self, language: str | None) -> dict[str, Any]:
        """Return the options of a model of many languages."""
        if not getattr(self._model.generation_config, "is_multilingual", False):
            return {}
        return {"task": "transcribe"} | ({"language": language} if language else {})


@dataclass(frozen=True)
class Listener:
    """Reads recordings and turns them into text.

    ``longest``: most seconds of a recording.
    """

    recogniser: Recogniser
    longest: float

    def transcribe(self, recording: Media, language: str | None = None) -> Transcript:
        """Return what is said in a recording.

        Parameters
        ----------
        recording
            A WAV, FLAC, OGG or MP3 file, or the content of one.
        language
            A code such as ``en``; None: what the model finds.

        Raises
        ------
        InputError
            The file is missing, not audio, silent, too short or too long.
        LanguageError
            The recogniser does not know the language, or fails.
        """
        wave = read_recording(recording, self.longest)
        return Transcript(self.recogniser.hear(wave, language), len(wave) / RATE, self.recogniser.how)


def open_listener(settings: Settings, expected: Sequence[str] = ()) -> Listener:
    """Return what hears by ``[language] speech``.

    Parameters
    ----------
    expected
        Sentences that are expected, such as requests with the titles in the graph; pocketsphinx then hears no others.
        Models hear anything.

    Raises
    ------
    EncoderError
        A model is unavailable, or not one for speech recognition.
    LibraryError
        A library is missing.
    """
    name, longest = settings.language.speech, settings.language.speech_seconds
    if name == POCKETSPHINX:
        return Listener(PocketsphinxRecogniser(expected), longest)
    return Listener(ModelRecogniser(name, settings.root), longest)


def read_recording(recording: Media, longest: float) -> Wave:
    """Return a recording in mono at 16 kHz.

    Raises
    ------
    InputError
        It is missing, not audio, silent, shorter than a tenth of a second, or longer than ``longest`` seconds.
    """
    with opened(recording) as file:
        wave = take(file, int(longest * file.samplerate) + 1)
        rate = file.samplerate
    if len(wave) > longest * rate:
        raise InputError(f"longer than {longest:g} seconds", hint="cut it, or raise [language] speech_seconds")
    check_audible(len(wave), float(np.mean(wave.astype(np.float64) ** 2)) if len(wave) else 0.0)
    if len(wave) < _SHORTEST * rate:
        raise InputError(f"shorter than {_SHORTEST:g} seconds")
    return resample(wave, rate, RATE)


def windows(wave: Wave, rate: int, longest: float) -> Iterator[Wave]:
    """Yield a recording in parts of at most ``longest`` seconds, cut where it is quiet."""
    most, step = int(longest * rate), max(1, int(_QUIET * rate))
    while len(wave) > most:
        last = wave[int(most * (1 - _LAST)) : most]
        frames = last[: len(last) // step * step].reshape(-1, step)
        cut = most if not len(frames) else int(most * (1 - _LAST)) + int((frames**2).mean(axis=1).argmin()) * step
        yield wave[:cut]
        wave = wave[cut:]
    if len(wave) >= _SHORTEST * rate:
        yield wave
