"""Turns articles into findable passages. Knows nothing of answers, HTTP or scoring."""
