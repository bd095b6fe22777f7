"""Keyed pseudonyms in the place of people's ids: the key, the pseudonyms, and where ids become pseudonyms.

``key`` reads and makes key files, ``pseudonym`` derives, ``door`` replaces ids that come in, ``noted`` keeps in the
graph under which key its ids are pseudonyms.
"""
