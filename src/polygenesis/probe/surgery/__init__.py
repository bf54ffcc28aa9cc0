"""Surgery: parting the features of a shared neuron, exactly, and training on."""
