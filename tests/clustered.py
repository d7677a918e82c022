"""Scores of questions that share articles, invented for the tests of eval.stats."""

import numpy as np
from hypothesis import strategies as st

SCORES = st.integers(0, 20).map(lambda tenths: tenths / 10)
ROWS = st.lists(st.tuples(SCORES, SCORES, st.sampled_from("abcde")), min_size=1, max_size=20)


def large() -> tuple[np.ndarray, list[str]]:
    """10,000 scores on 5,000 articles, with a part that an article's questions share."""
    generator = np.random.default_rng(6)
    article = generator.integers(5_000, size=10_000)
    values = 0.6 + 0.1 * generator.standard_normal(5_000)[article]
    return values + 0.1 * generator.standard_normal(10_000), [f"article {i}" for i in article]


def rival(values: np.ndarray) -> np.ndarray:
    """As good but for a little luck."""
    noise = np.random.default_rng(19).standard_normal(len(values))
    worse: np.ndarray = values - 0.001 + 0.1 * noise
    return worse
