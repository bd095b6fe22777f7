"""Forms of the interest vector: the learned vector of a user, combined with content and knowledge of their items.

A form sets the weights of the learned scores, of the content and of the knowledge of the user's items, all of unit
deviation. Each is an inner product of a user and an item vector; the vectors are concatenated. Validation chooses the
form; the learned one stays unless another is significantly better.
"""
