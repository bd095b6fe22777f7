"""Users whom no training has seen, served by the little they have done: the model beside peers.

Some users are held out whole, seeded. Each stands there once a length of profile: with so many of their pairs, drawn at
random (shorter profiles are parts of longer ones), all others are to be found among all items. Peers learn from the
training users and are tuned on the validation users, each length apart; the model learns from both, a tenth of their
pairs being its validation. So every method chooses by the same users, and none sees a test user.
"""
