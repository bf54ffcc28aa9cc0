"""Inputs: activations, labels, files and modules, read once into plain arrays."""
