"""Tune settings on validation: ``graphrec tune`` and ``graphrec content tune``.

::

    space.py         search space of model and training
    fusions.py       search space of the fusion of text, image and audio
    objective.py     one training with given settings, and its validation score
    search.py        the study on disk: which trial is next, which is pruned
    tune.py          the two commands' work, from the graph to the best settings
    settings_file.py graphrec.toml, changed with its comments kept
"""
