"""Surgery: splitting shared neurons, exactly, and training on to ask whether the loss prefers them shared."""
