"""Encode the text, image and audio of items as vectors, and fuse them into one content vector.

::

    encoder.py   the protocol of all encoders
    text.py      transformers models, pooled like sentence-transformers
    image.py     torchvision networks; image_file.py reads files, descriptors.py needs no weights
    audio.py     MFCC statistics
    fusion.py    combines the modalities of an item
    store.py     reads items from Neo4j and writes vectors
    embed.py     the stage: encode, write, fuse and index what changed
"""
