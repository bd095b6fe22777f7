"""Ablations: the model trained without one of its components on the run's split, to measure what it is worth.

======================  ===========================================================================================
``full``                the run's own settings, trained again, so that all have the same seeds
``no-knowledge``        without knowledge edges
``shuffled-knowledge``  with them, but leading to other items: each item and each entity keeps its number of edges
``no-content``          without content vectors
``shuffled-content``    with them, but those of another item
``neither``             without both
``no-similar``          without ``SIMILAR`` edges
``no-als``              without ALS vectors
``network-alone``       of ``full``: the network's scores alone
``similar-alone``       of ``full``: the scores along ``SIMILAR`` edges alone
``als-alone``           of ``full``: the scores of the ALS vectors alone
======================  ===========================================================================================

Shuffling keeps everything except the meaning: parameters, shapes, degrees. If a shuffled variant beats one without
knowledge or content, that gain does not come from knowledge or content.
"""
