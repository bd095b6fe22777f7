"""The model without a part of itself, trained anew on the run's split: what each part is worth.

======================  ===========================================================================================
``full``                the run's own settings, trained anew, so that all have the same seeds
``no-knowledge``        without knowledge edges
``shuffled-knowledge``  with them, but leading to other items: each item and each entity keeps the number it had
``no-content``          without content vectors
``shuffled-content``    with them, but those of another item
``neither``             without both
``no-similar``          without ``SIMILAR`` edges
``no-als``              without least-squares vectors
``network-alone``       of ``full``: the network's scores alone
``similar-alone``       of ``full``: the scores along ``SIMILAR`` edges alone
``als-alone``           of ``full``: the scores of the least-squares vectors alone
======================  ===========================================================================================

What is shuffled keeps all but its meaning: the parameters, the shape, the degrees. What the model gains by it over none
at all is not knowledge, or not content.
"""
