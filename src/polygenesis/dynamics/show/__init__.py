"""How a run shows itself: figures, tables, and a line in a notebook."""
