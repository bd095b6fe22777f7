"""Spoken requests understood: ``python tests/benchmarks/heard_requests.py [--every 3]``.

The English test utterances of ``tests/assistant/data`` are spoken by espeak-ng, heard by pocketsphinx and understood by
rules: once any English is expected, once requests with the names of the catalogue alone
(:mod:`graphrec.assistant.understanding.expected`). Prints the share of right actions, and that of the written words.
"""

from __future__ import annotations

import argparse
import runpy
import sys
import tempfile
from pathlib import Path

from graphrec.assistant.understanding.expected import expected_requests
from graphrec.assistant.understanding.understand import understand
from graphrec.config.settings import load_settings
from graphrec.language.speech import open_listener
from graphrec.language.voice import EspeakVoice, speak


def main() -> None:
    """Print a table, and what was heard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take every n-th utterance")
    given = parser.parse_args()
    labels = runpy.run_path(str(Path(__file__).with_name("understanding.py")))
    vocabulary = labels["catalogue"]()
    held, voice, settings = labels["contexts"](vocabulary), EspeakVoice(), load_settings()
    rows = [row for row in labels["read"]("test") if row.language == "en"][:: given.every]
    listeners = {
        "any English": open_listener(settings),
        "requests": open_listener(settings, expected_requests(vocabulary, held["list"].shown)),
    }
    right = dict.fromkeys(["written", *listeners], 0)
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            file = Path(folder) / "said.wav"
            speak(voice, row.text, file, "en-us")
            texts = {"written": row.text} | {name: one.transcribe(file, "en").text for name, one in listeners.items()}
            for name, text in texts.items():
                action = understand(text, held[row.context], vocabulary).action
                right[name] += row.label[0] in labels["labelled"](action)
            print(f"  {row.text} → {texts['any English']} | {texts['requests']}", file=sys.stderr)
    print("| expected | n | action |")
    print("|---|---|---|")
    for name, count in right.items():
        print(f"| {name} | {len(rows)} | {count / len(rows):.2f} |")


if __name__ == "__main__":
    main()
