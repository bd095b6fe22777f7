"""Measure what an attacker learns about people from what a run publishes.

====================  ==============================================================================================
``membership``        was this user in training? A shadow-model attack on lists, vectors, edges and the service
``difference``        the same, from what changed between two published trainings
``attributes``        a property of users, from their vectors and lists
``interactions``      what a user did, from list, edges, knowledge, vectors and reasons
``few_people``        reasons, edges and items that rest on fewer people than a threshold
====================  ==============================================================================================
"""
