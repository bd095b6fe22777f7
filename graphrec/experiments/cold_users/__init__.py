"""Cold-start users: users not in training, served from few interactions, with the model and the baselines.

Some users are held out completely, by seed. Each appears once per profile length: that many of their pairs, drawn at
random (shorter profiles are subsets of longer ones), are shown; all others must be ranked among all items. Baselines
learn from the training users and are tuned on the validation users, separately for each length. The model learns from
both, with a tenth of their pairs as its validation. So all methods choose on the same users, and none sees a test user.
"""
