"""polygenesis."""
