"""Forms of the interest vector: what the network has learned of a user, beside what the user's items are.

A form says what the learned scores, the content of the user's items and the knowledge of them count, all having unit
deviation. Each is an inner product of a user's vector and an item's: the parts stand side by side. Validation chooses,
and the learned form stays where none is surely better.
"""
