"""Keeping: values of known classes as a folder of JSON and arrays."""
