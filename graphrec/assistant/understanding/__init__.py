"""Words → one typed action: by a language model with constrained output, else by rules and the text encoder."""
