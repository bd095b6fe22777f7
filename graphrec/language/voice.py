"""Text to speech: espeak-ng, or a transformers model."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Protocol

from graphrec.common.errors import EncoderError, InputError, LanguageError, ResourceError
from graphrec.common.files import replacing
from graphrec.common.libraries import library
from graphrec.config.settings import Settings
from graphrec.content.audio_file import Wave, opened, take
from graphrec.content.hub import load_model, load_part, model_folder, reason

ESPEAK = "espeak-ng"
HINT = (
    "voice = 'espeak-ng' (apt-get install espeak-ng), or a directory or hub name of a VITS model of transformers, such "
    "as facebook/mms-tts-eng"
)
_WHAT = "voice"
#: Code of a language → its voice in espeak-ng.
_VOICES = {"en": "en-us", "zh": "cmn"}
#: Most characters spoken at once, and seconds that espeak-ng gets for them.
_LONGEST, _PATIENCE = 10_000, 120
#: Suffix → libsndfile's name of the format.
_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}


class Voice(Protocol):
    """Speaks texts."""

    #: ``model NAME``, or ``espeak-ng``.
    how: str

    def sound(self, text: str, language: str) -> tuple[Wave, int]:
        """Return mono samples, and how many of them are a second."""


class EspeakVoice:
    """The program espeak-ng: over a hundred languages, and plainly a machine.

    Raises
    ------
    ResourceError
        It is not installed.
    """

    how = ESPEAK

    def __init__(self) -> None:
        found = shutil.which(ESPEAK)
        if found is None:
            raise ResourceError("espeak-ng is not installed", hint=HINT)
        self._program = found

    def sound(self, text: str, language: str) -> tuple[Wave, int]:
        """Return mono samples, and how many of them are a second.

        Raises
        ------
        LanguageError
            espeak-ng does not know the language, or fails.
        """
        if not language.replace("-", "").isalnum():
            raise LanguageError(f"espeak-ng has no language {language!r}", hint="a code such as en or zh")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "spoken.wav"
            # By stdin: a text may begin like an option. [[ ]] would be read as sounds.
            command = [self._program, "-v", _VOICES.get(language, language), "-b", "1", "-w", str(file), "--stdin"]
            given = text.replace("[[", "[ [").encode("utf-8", "replace")
            try:
                done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=_PATIENCE)
            except subprocess.TimeoutExpired as error:
                raise LanguageError(f"espeak-ng did not end in {_PATIENCE} seconds", hint="a shorter text") from error
            if done.returncode or not file.is_file():
                said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
                raise LanguageError(f"espeak-ng cannot speak {language!r}: {said}", hint="a code such as en or zh")
            with opened(file) as sound:
                return take(sound, sound.frames), sound.samplerate


class ModelVoice:
    """A VITS model of transformers, in its own language.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.
    seed
        Of the voice's variation.

    Raises
    ------
    EncoderError
        The model is unavailable, or not of this kind.
    """

    def __init__(self, name: str, root: Path, seed: int) -> None:
        with library("transformers"):
            from transformers import AutoConfig, AutoModelForTextToWaveform, AutoTokenizer
        self.how, self._seed = f"model {name}", seed
        folder = model_folder(name, root, what=_WHAT, hint=HINT)
        config = load_part(folder, AutoConfig, what=_WHAT, hint=HINT)
        if config.model_type != "vits":
            raise EncoderError(f"{folder} is a {config.model_type} model, not a voice of the kind VITS", hint=HINT)
        self._model: Any = load_model(folder, AutoModelForTextToWaveform, what=_WHAT, hint=HINT)
        self._tokenizer: Any = load_part(folder, AutoTokenizer, what=_WHAT, hint=HINT)
        self._alone = threading.Lock()

    def sound(self, text: str, language: str) -> tuple[Wave, int]:
        """Return mono samples, and how many of them are a second.

        Raises
        ------
        LanguageError
            The model fails, as for a text without any of its letters.
        """
        import torch

        try:
            with self._alone, torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(self._seed)
                inputs = self._tokenizer(text, return_tensors="pt").to(self._model.device)
                wave = self._model(**inputs).waveform[0]
        except (RuntimeError, ValueError, IndexError) as error:
            raise LanguageError(f"{self.how} cannot speak this: {reason(error)}", hint=HINT) from error
        return wave.float().cpu().numpy(), int(self._model.config.sampling_rate)


def open_voice(settings: Settings) -> Voice:
    """Return the voice of ``[language] voice``.

    Raises
    ------
    EncoderError
        A model is unavailable, or not a voice.
    ResourceError
        espeak-ng is not installed.
    """
    name = settings.language.voice
    return EspeakVoice() if name == ESPEAK else ModelVoice(name, settings.root, settings.language.seed)


def speak(voice: Voice, text: str, file: Path, language: str = "en") -> str:
    """Speak a text to a file, and return how.

    Parameters
    ----------
    file
        Its suffix says the format: WAV, FLAC, OGG or MP3.
    language
        A code such as ``en`` or ``zh``; a model has its own language.

    Raises
    ------
    InputError
        The text is empty or too long, or the suffix unknown.
    LanguageError
        The voice does not know the language, or fails.
    OSError
        The file cannot be written.
    """
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"{file.name}: cannot be written as sound", hint=f"a name with {', '.join(_FORMATS)}")
    if not text.strip():
        raise InputError("nothing to speak: the text is empty")
    if len(text) > _LONGEST:
        raise InputError(f"a text of {len(text):,} characters, more than {_LONGEST:,}", hint="speak it in parts")
    with library("soundfile"):
        import soundfile
    wave, rate = voice.sound(text, language)
    with replacing(file) as part:
        soundfile.write(part, wave, rate, format=kind)
    return voice.how
