"""Searching settings by validation: ``graphrec tune`` and ``graphrec content tune``.

::

    space.py         what may be chosen for model and training
    fusions.py       what may be chosen for the fusion of text, image and sound
    objective.py     one training by some settings, and what it validates at
    search.py        the study on disk: which trial is next, which is cut short
    tune.py          the two commands' work, from the graph to what was found
    settings_file.py graphrec.toml, changed with its comments kept
"""
