"""Show: a diagnosis as text, tables, page and figures."""
