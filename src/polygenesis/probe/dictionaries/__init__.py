"""Dictionaries: decoders of sparse autoencoders, read from folders and matched across seeds."""
