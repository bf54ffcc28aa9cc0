"""The race of one feature: exact, and by the Euler loop of the paper."""
