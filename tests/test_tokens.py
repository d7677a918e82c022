"""Tokens as they are counted for accounts, by hand."""

from rag.tokens import count_tokens


def test_counted_by_hand() -> None:
    assert count_tokens([]) == 0
    assert count_tokens([""]) == 0
    assert count_tokens(["Who closed the harbour?"]) == 5  # who closed the harbour ?
    assert count_tokens(["Who closed", "the harbour?"]) == 5
    assert count_tokens(["[SEP]"]) == 3  # letters and brackets
    assert count_tokens(["harbour " * 1_000]) == 1_000  # no text is cut
