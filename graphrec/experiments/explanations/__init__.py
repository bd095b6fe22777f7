"""Are the reasons the real ones? Deletion, insertion and stability of what a run gives as reasons.

A case is a user and one item of their top 10. Their past behaviours are ordered by reasons of some kind:

=================  ===============================================================================================
``shares``         the share of the score that the run gives each of them (:mod:`graphrec.explanation.attribution`)
``leave-one-out``  how much the score falls without each: as many fold-ins as there are behaviours
``evidence``       what ``graphrec explain --evidence`` reads from the graph (:mod:`.evidence`)
``popular``        the number of users of each item, the most popular first
``random``         at random, the mean of several draws
=================  ===============================================================================================

Deletion: where the item stands when the first n are gone. Insertion: where it stands with the first n alone. Both are
exact: the user is folded in with the rest (:mod:`graphrec.explanation.sub_profiles`), and nothing that they ever did is
ranked. How far an item falls is measured in two ways, chosen before anything was measured: the mean increase of its
rank, and the mean increase of the logarithm of its rank to base 2 (1: it stands twice as deep).
"""
