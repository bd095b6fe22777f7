"""How far an item rises for everybody when somebody changes its text or picture a little.

The attacker may change the content of a few items, and nothing else; the run is then updated, as ``graphrec embed`` and
``graphrec update`` would, and everybody's lists are ranked again. What to change is chosen by the gradient of the
items' mean score by the network (:mod:`.direction`): the attacker is assumed to know the weights. Three budgets
(:mod:`.attacks`): a few words in front of the text; every pixel by a few of its 256 levels; or, as a bound for both and
for attacks nobody has thought of, any turn of the content vector by a given length.
"""
