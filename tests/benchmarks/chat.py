"""How long a turn with the assistant takes: ``python tests/benchmarks/chat.py PROJECT [--users 40]``.

PROJECT is a folder with a graphrec.toml, its database running, a run published and on this machine. For random users of
the run, a conversation of typical turns in English and in Chinese, without a language model, in this process and
without HTTP. Nothing is recorded: what is asked for a yes gets a no. Prints milliseconds by kind of action and of all
turns after the first conversation in each language, which open the run, read the vocabulary and load the encoder;
those of the first turn, and the memory of the process. Beside them stand the processor's milliseconds of this process,
which a busy machine does not stretch.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import psutil

from graphrec.assistant.conversation import Conversation
from graphrec.common.console import echo
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.publishing.registry import active_run
from graphrec.runs.store import published_run

TURNS = [
    text.split("|")
    for text in (
        "recommend something|why the first one?|the second, but from the nineties|not horror|more|"
        "compare the first and the second|who directed the first?|tell me about the first|something like the second|"
        "search space|I like the first|no|recommend a comedy|help",
        "推荐一些|为什么推荐第一个|像第二个，但要九十年代的|不要恐怖片|还有别的吗|比较第一个和第二个|第一个是谁导演的|"
        "说说第一个|跟第二个类似的|搜索太空|我喜欢第一个|不要|推荐喜剧|帮助",
    )
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--users", type=int, default=40)
    given = parser.parse_args()
    os.chdir(given.project)
    settings = load_settings()
    process = psutil.Process()
    with connect(settings) as db:
        active = active_run(db)
        assert active is not None, "no run is published"
        users = [one for one in published_run(settings, active.run_id).users if one is not None]
        chosen = random.Random(0).sample(users, given.users)
        before = process.memory_info().rss
        spent: dict[str, list[tuple[float, float]]] = defaultdict(list)
        first = list[float]()
        with Conversation(db, settings) as talk:
            for n, user in enumerate(chosen):
                talk.user, talk.conversation = user, None
                for words in TURNS[n % 2]:
                    began, used = time.perf_counter(), time.process_time()
                    reply = talk.say(words)
                    seconds, worked = time.perf_counter() - began, time.process_time() - used
                    if n < len(TURNS):
                        first.append(1_000 * seconds)
                    else:
                        spent[reply.to_dict()["action"]["type"]].append((1_000 * seconds, 1_000 * worked))
        echo("action\tturns\tp50 ms\tp99 ms\tworst ms\tp50 processor ms\tp99 processor ms")
        for name, values in [*sorted(spent.items()), ("all", [one for some in spent.values() for one in some])]:
            (p50, own50), (p99, own99), (worst, _) = np.percentile(values, (50, 99, 100), axis=0)
            echo(f"{name}\t{len(values)}\t{p50:.1f}\t{p99:.1f}\t{worst:.1f}\t{own50:.1f}\t{own99:.1f}")
        echo(f"first turn {first[0]:.0f} ms, the slowest of the first two conversations {max(first):.0f} ms")
        echo(f"memory {process.memory_info().rss / 2**20:.0f} MB, before {before / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
