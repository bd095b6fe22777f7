"""One door to language models: text, speech and tone.

What a model writes, hears or judges comes with ``how``: the model's name, or the modest way that needs none.
"""
