"""Scores answers. Uses the engine as anyone would; knows nothing of HTTP."""
