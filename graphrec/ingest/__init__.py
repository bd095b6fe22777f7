"""What visitors do and see, and what the catalogue becomes, written to Neo4j as it happens.

:class:`graphrec.ingest.store.EventStore` takes events and impressions: it answers when they are in Neo4j, or, while
Neo4j is away, on the disk (:mod:`graphrec.ingest.spool`), from where they are written later and in order.
:mod:`graphrec.ingest.items` makes, changes and deletes items.
"""
