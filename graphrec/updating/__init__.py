"""A run brought up to date with its graph, without training.

What has changed is found by comparison with what the run keeps: users whose profile is another, items that are new or
whose content or knowledge is another. Only these get new vectors: users by the trained propagation from what they have
done by now (:mod:`graphrec.model.user_encoder`), items by the trained weights from their content, knowledge and users.
All else stays as it was, to the last bit.
"""
