"""Selection: how well neurons discriminate features, and which neuron carries which feature."""
