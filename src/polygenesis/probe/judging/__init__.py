"""Judging: from findings to axes, a verdict in sentences, and who shares with whom."""
