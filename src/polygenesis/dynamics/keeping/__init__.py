"""Keeping: a run as a record, and a record as a folder, from which it comes back bit for bit."""
