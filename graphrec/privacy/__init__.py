"""Differential privacy of training: what all users' data becomes is noised before anything is made of it.

Neighbouring data sets differ by one user with all they did. Released are, with Gaussian noise, statistics of the items
(:mod:`.statistics`) and gradients (:mod:`graphrec.training.private_network`); all item tables, edges and weights are
computed from these and from knowledge and content of the items, which counts as public. A user's own vector, list and
reasons are computed from these and from what this user did: nobody else learns them, as in the billboard model (Hsu et
al. 2014).
"""
