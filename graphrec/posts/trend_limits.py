"""What may be asked of trends, the same on the command line and over HTTP. Imports nothing: help needs no numpy."""

from __future__ import annotations

#: Days that are looked at, up to that of the newest post; fewest and most of them.
DAYS, FEWEST_DAYS, MOST_DAYS = 90, 14, 730
#: Items and entities that are shown; most of them.
MOST, LIMIT = 10, 50
#: Chance of a false alarm in a series without a change; smallest, which takes as many shuffles as its inverse; largest.
RATE, LEAST_RATE, MOST_RATE = 0.01, 0.001, 0.5
