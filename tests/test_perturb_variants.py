"""All perturbations of some cases: the same every time, whatever else is asked."""

from eval.cases import Case
from eval.perturb.texts import make_texts
from eval.perturb.variants import (
    IN_DISTRACTOR,
    IN_GOLD,
    OF_ANSWERS,
    PERTURBATIONS,
    SWAPPED,
    UNCHANGED,
    Variant,
    make_variants,
)
from index.records import Article
from index.sources.fields import seal

ARTICLES = [
    seal(Article("lund", "In 1998 Ana Ruiz opened the bridge of Lund. It cost 4 million crowns.")),
    seal(Article("oslo", "The ferry of Oslo was sold to Tomas Tolk in 2004. Its crew will stay.")),
]
CASES = [
    Case("a", "Who opened the bridge of Lund in 1998?", ("Ana Ruiz",), True, article_ids=("lund",)),
    Case("b", "Who bought the ferry of Oslo?", ("Tomas Tolk",), True, article_ids=("oslo",)),
    Case("c", "who sank it", (), False),
]
TEXTS = make_texts(ARTICLES, CASES)


def by_id(cases: list[Case]) -> dict[str, Variant]:
    return {variant.id: variant for variant in make_variants(cases, TEXTS)}


def test_each_case_as_it_is_and_by_every_perturbation_that_applies() -> None:
    variants = by_id(CASES)
    assert [v for v in variants if v.startswith(UNCHANGED)] == [f"unchanged/{i}" for i in "abc"]
    assert [variants[f"unchanged/{case.id}"].case for case in CASES] == CASES
    assert {v.partition("/")[0] for v in variants} == {UNCHANGED, *PERTURBATIONS}
    assert {f"{name}/a" for name in PERTURBATIONS} <= set(variants)
    # Without an answer, without a mark, in lower case and without a word to drop or to rewrite.
    assert [v for v in variants if v.endswith("/c")] == [
        "unchanged/c",
        "typos/c",
        "upper case/c",
        "reworded/c",
    ]


def test_one_case_alone_is_changed_as_among_others() -> None:
    together = by_id(CASES)
    for case in CASES:
        for id_, variant in by_id([case]).items():
            assert variant == together[id_]


def test_only_what_a_perturbation_is_about_differs() -> None:
    for variant in make_variants(CASES, TEXTS):
        case = next(case for case in CASES if case.id == variant.case.id)
        name = variant.perturbation
        assert (variant.article is not None) == (name in OF_ANSWERS and name != SWAPPED)
        assert (variant.bait != "") == (name in (IN_GOLD, IN_DISTRACTOR))
        assert (variant.about in case.article_ids) == (variant.article is not None)
        if variant.article is None and name != UNCHANGED:
            assert variant.case.question != case.question
        else:
            assert variant.case.question == case.question
        if name != SWAPPED:
            assert variant.case.answers == case.answers
            assert variant.case.answerable == case.answerable
        assert variant.case.cluster == case.cluster


def test_where_the_order_stands_decides_which_article_is_changed() -> None:
    variants = by_id(CASES)
    for name, id_ in ((IN_GOLD, "lund"), (IN_DISTRACTOR, "invented/a")):
        article = variants[f"{name}/a"].article
        assert article is not None
        assert article.id == id_
        assert variants[f"{name}/a"].bait in article.text
