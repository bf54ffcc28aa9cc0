"""The battery: one test a file, each asked of the same base value."""
