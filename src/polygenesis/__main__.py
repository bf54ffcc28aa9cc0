"""`python -m polygenesis` is the command `polygenesis`."""

from __future__ import annotations

import sys

from polygenesis.cli import main

if __name__ == "__main__":
    sys.exit(main())
