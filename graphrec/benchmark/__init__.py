"""Peers to compare a run with, on the same split, each tuned on validation alone.

==============  ====================================================================================
``popularity``  the items with the most training users, for everybody
``itemknn``     cosine neighbours of items; number of neighbours and shrinkage chosen
``lightgcn``    PyG's own LightGCN with BPR; layers, regularisation and number of epochs chosen
==============  ====================================================================================
"""
