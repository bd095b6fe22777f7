"""An item's text, image and sound as vectors, and these as one.

::

    encoder.py   the contract of every encoder, and fingerprints
    text.py      transformers, pooled as sentence-transformers does
    image.py     torchvision networks; picture.py reads files, descriptors.py needs no weights
    audio.py     MFCC statistics
    fusion.py    several vectors per item → one
    store.py     items out of Neo4j, vectors into it
    embed.py     the stage: what changed is encoded, written, fused, indexed
"""
