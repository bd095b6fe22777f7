"""Import every compiled library and print a line of JSON for each; runs as a separate process.

If a library ends the process, the earlier lines have already been printed.
"""

from __future__ import annotations

import importlib
import json
from contextlib import suppress

from graphrec.common.errors import LibraryError
from graphrec.common.libraries import library

#: Import name of a library → feature that needs it; libraries that others import are first.
LIBRARIES = {
    "numpy": "graphrec",
    "msgspec": "graphrec",
    "neo4j": "graphrec",
    "PIL.Image": "images",
    "soundfile": "sound",
    "safetensors": "graphrec",
    "scipy.sparse": "graphrec",
    "pandas": "graphrec",
    "pyarrow": "Parquet files",
    "sklearn": "TF-IDF and maps",
    "skimage.feature": "classical image vectors",
    "torch": "graphrec",
    "torchaudio": "sound",
    "torchvision": "image networks",
    "torch_geometric": "training",
    "tokenizers": "pretrained models",
    "transformers": "pretrained models",
}


def main() -> None:
    """Import all libraries, then look for a GPU."""
    for name in LIBRARIES:
        _say(name, None)
        try:
            with library(name.partition(".")[0]):
                importlib.import_module(name)
        except LibraryError as error:
            _say(name, error.message)
        else:
            _say(name, "")
    with suppress(LibraryError):  # reported above
        _tell({"cuda": cuda()})


def cuda() -> dict[str, object]:
    """Return torch's CUDA version (None: CPU only) and the GPUs that it can use.

    Raises
    ------
    LibraryError
        torch does not load.
    """
    with library("torch"):
        import torch
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    devices = [torch.cuda.get_device_properties(n) for n in range(count)]
    return {
        "built_for": torch.version.cuda,
        "devices": [{"name": device.name, "memory_bytes": device.total_memory} for device in devices],
    }


def _say(name: str, error: str | None) -> None:
    """Report that a library is loading (None), has loaded (empty), or the error."""
    _tell({"library": name, "error": error})


def _tell(value: dict[str, object]) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
