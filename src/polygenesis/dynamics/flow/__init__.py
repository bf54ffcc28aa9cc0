"""Gradient flow of the tied autoencoder with one-hot features."""
