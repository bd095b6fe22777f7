"""Baselines to compare a run with, on the same split, each tuned the same way on validation alone.

==============  ====================================================================================
``popularity``  the items with the most training users, for all users
``itemknn``     cosine neighbours of items
``rp3beta``     random walks user → item → user → item, with a popularity penalty
``ease``        ridge regression of each item on all others
``cease``       the same with the items' knowledge as additional rows
``gfcf``        graph filters: linear and ideal low-pass
``ials``        matrix factorisation by alternating least squares
``bpr``         matrix factorisation by pairwise ranking (``implicit``)
``vbpr``        the same with the items' content
``lightgcn``    PyG's own LightGCN with BPR
==============  ====================================================================================
"""
