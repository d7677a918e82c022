"""Details swapped, articles that mislead, orders in articles: by hand and by what must hold."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import Case, Place
from eval.measures import holds
from eval.perturb.details import Pool, another, details_of, other_number
from eval.perturb.distract import AUTHOR, distractor
from eval.perturb.gold import Gold, find_gold, insert
from eval.perturb.instruct import FORMS, in_distractor, in_gold
from eval.perturb.swap import swap_detail
from eval.perturb.tables import INVENTED_NAMES
from eval.perturb.texts import Texts, make_texts
from index.records import Article
from index.sources.fields import seal

EMPTY = Pool({}, ())
TEXT = (
    "The harbour froze. In 1998 Ana Ruiz opened the bridge of Lund. It cost 4 million crowns. "
    "Ana Ruiz was glad."
)
LUND = seal(
    Article("lund", f"HEAD {TEXT}", "The bridge of Lund", "Wire", published_at="2019-05-04",
            body_start=5)
)  # fmt: skip
OSLO = seal(Article("oslo", "The ferry of Oslo was sold to Tomas Tolk in 1998. He kept its crew."))
WHO = Case(
    "who", "Who opened the bridge of Lund in 1998?", ("Ana Ruiz",), True, article_ids=("lund",)
)
COST = Case("cost", "What did the bridge of Lund cost?", ("4 million crowns", "4 million"), True,
            (Place("lund", 76, 92),), ("lund",))  # fmt: skip
FERRY = Case("ferry", "Who bought the ferry of Oslo?", ("Tomas Tolk",), True, article_ids=("oslo",))
TEXTS = make_texts([LUND, OSLO], [WHO, COST, FERRY])


def gold_of(case: Case, texts: Texts = TEXTS) -> Gold:
    gold = find_gold(case, texts)
    assert gold is not None
    return gold


def never(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won in 1998 and 2002?", ["1998", "2002"]),
        ("Who beat Ada Quill in Lund?", ["Ada Quill", "Lund"]),
        ("What is Lund's aim?", ["Lund"]),
        ("Did Ada Quill leave The Old Ferry?", ["Ada Quill", "Old Ferry"]),
        ("Lund lies where?", []),
        ("who won?", []),
    ],
)
def test_details_of_a_question(question: str, expected: list[str]) -> None:
    assert details_of(question) == expected


@pytest.mark.parametrize("seed", range(30))
def test_another_is_of_the_same_kind(seed: int) -> None:
    dice = random.Random(seed)
    year = another("1998", EMPTY, never, dice)
    assert year is not None
    assert 1948 <= int(year) <= 2048
    month, day, last = (another("March 24, 2003", EMPTY, never, dice) or "").split()
    assert month != "March"
    assert 1 <= int(day.rstrip(",")) <= 28
    assert day != "24,"
    assert last != "2003"
    assert another("Norway", EMPTY, never, dice) not in (None, "Norway")
    assert len((another("Ana Ruiz", EMPTY, never, dice) or "").split()) == 2
    long = another("Inter-Korean Military Agreement of 1998", EMPTY, never, dice)
    assert not set((long or "").split()) & {"Inter-Korean", "Military", "Agreement", "1998"}
    phrase = another("wet weather", Pool({}, ("a cold winter",)), never, dice)
    assert phrase is not None
    assert phrase.islower()
    assert another("twelve", EMPTY, never, dice) not in (None, "twelve")
    assert another("Ana Ruiz", EMPTY, lambda _: True, dice) is None


@settings(deadline=None)
@given(st.from_regex(r"[0-9]([0-9,.]{0,8}[0-9])?", fullmatch=True), st.integers())
def test_another_number_is_as_long(old: str, seed: int) -> None:
    new = other_number(old, random.Random(seed))
    assert new == other_number(old, random.Random(seed))
    assert len(new) == len(old)
    assert sum(a != b for a, b in zip(old, new, strict=True)) <= 1 or old.isdigit()


def test_the_pool_is_of_the_names_of_the_archive_and_the_questions() -> None:
    assert TEXTS.pool.names == {1: ("Lund", "Oslo"), 2: ("Ana Ruiz", "Tomas Tolk")}
    phrases = make_texts([OSLO], [replace(WHO, answers=("a cold winter", "Ana", "4 m"))]).pool
    assert phrases.phrases == ("a cold winter",)
    assert TEXTS.is_word("harbour")
    assert not TEXTS.is_word("head")  # a header is no text
    assert [a.id for a in TEXTS.near(["bridge", "lund", "opened", "ferry"])] == ["lund"]


def test_where_an_answer_stands() -> None:
    gold = gold_of(WHO)
    assert gold.article is LUND
    assert gold.words == "Ana Ruiz"
    assert LUND.text[: gold.answer[0]].endswith("In 1998 ")  # the first, not "was glad"
    assert gold.sentence == 1
    assert gold_of(COST).words == "4 million crowns"
    assert find_gold(replace(WHO, answers=("Una Marsh",)), TEXTS) is None
    assert find_gold(replace(WHO, article_ids=("riga",)), TEXTS) is None


def test_evidence_says_which_of_several_places() -> None:
    glad = LUND.text.index("Ana Ruiz was")
    for evidence in (Place("lund", glad, glad + 18), "was glad"):
        assert gold_of(replace(WHO, evidence=(evidence,))).answer == (glad, glad + 8)
    quoted = Case("q", "Who was glad?", ("Ana Ruiz",), True, ("was glad",))
    assert gold_of(quoted).article is LUND  # found by what the case quotes
    assert find_gold(replace(quoted, evidence=("was sad",)), TEXTS) is None
    assert find_gold(replace(WHO, evidence=("The harbour froze",)), TEXTS) is None


@pytest.mark.parametrize("seed", range(30))
def test_a_swapped_detail_stands_in_no_article_that_is_near(seed: int) -> None:
    swapped = swap_detail(WHO, gold_of(WHO), TEXTS, random.Random(seed))
    assert swapped is not None
    year = swapped.question.removeprefix("Who opened the bridge of Lund in ").removesuffix("?")
    assert year.isdigit()
    assert year not in LUND.text
    assert (swapped.answers, swapped.answerable) == ((), False)
    assert (swapped.id, swapped.cluster) == (WHO.id, WHO.cluster)
    named = swap_detail(FERRY, gold_of(FERRY), TEXTS, random.Random(seed))
    assert named is not None
    # "Lund" is an article's, but of none that has half of the other words.
    assert named.question.startswith("Who bought the ferry of ")
    assert named.question != FERRY.question


def test_a_new_detail_is_looked_for_in_every_article_that_has_half_of_the_other_words() -> None:
    names = INVENTED_NAMES[1]
    question = "Who bought the ferry of Oslo?"  # bought, ferry
    case = Case("f", question, ("Tomas Tolk",), True, article_ids=("oslo",))
    near = seal(Article("near", f"Somebody bought what {' '.join(names[:-1])} had."))
    far = seal(Article("far", f"Nobody sold {names[-1]} a boat."))
    texts = make_texts([OSLO, near, far], [case])
    texts = replace(texts, pool=EMPTY)
    found = [swap_detail(case, None, texts, random.Random(seed)) for seed in range(20)]
    questions = {swapped.question for swapped in found if swapped}
    assert questions == {f"Who bought the ferry of {names[-1]}?"}


def test_what_has_no_detail_cannot_be_swapped() -> None:
    dice = random.Random(0)
    assert swap_detail(replace(WHO, question="who won?"), None, TEXTS, dice) is None
    assert swap_detail(Case("n", "Who won in 1998?", (), False), None, TEXTS, dice) is None


def test_a_distractor_by_hand() -> None:
    article = distractor(WHO, gold_of(WHO), TEXTS, random.Random(4))
    assert article is not None
    year = article.text.split("In ")[1].split()[0]
    assert year != "1998"
    fake = article.text.split(f"In {year} ")[1].split(" opened")[0]
    assert article.text == (
        f"The harbour froze. In {year} {fake} opened the bridge of Lund. "
        f"It cost 4 million crowns."
    )  # fmt: skip
    assert fake not in LUND.text
    assert (article.id, article.author) == ("invented/who", AUTHOR)
    assert (article.title, article.source) == ("The bridge of Lund", "Invented Wire")
    assert article.published_at is not None
    assert "2014-05-03" <= article.published_at < "2018-05-05"
    assert distractor(FERRY, gold_of(FERRY), TEXTS, random.Random(4)).published_at is None  # type: ignore[union-attr]


def test_a_long_name_is_sought_in_parts() -> None:
    asked = replace(WHO, question="Who opened the Old Lund Crossing?")
    article = distractor(asked, gold_of(WHO), TEXTS, random.Random(1))
    assert article is not None
    assert "Lund" not in article.text
    assert article.title is not None
    assert "Lund" not in article.title


def test_nothing_shared_is_no_distractor() -> None:
    for question in ("Who was it?", "Who opened the tunnel of Riga?", "Who is Ana Ruiz?"):
        case = replace(WHO, question=question)
        assert distractor(case, gold_of(WHO), TEXTS, random.Random(1)) is None


def test_an_answer_that_is_left_in_another_spelling_is_no_distractor() -> None:
    text = "In 1998 Ana Ruiz, that is Ana (Ruiz), opened the bridge of Lund."
    article = seal(replace(LUND, text=text, body_start=0, sha256=""))
    texts = make_texts([article, OSLO], [WHO])
    assert distractor(WHO, gold_of(WHO, texts), texts, random.Random(1)) is None


sentences = st.lists(
    st.sampled_from(
        [
            "Ana Ruiz opened it.",
            "In 1998 the bridge of Lund was opened by Ana Ruiz.",
            "The bridge cost 4 million crowns in 1998.",
            "Lund was glad.",
            "Nobody saw Tomas Tolk.",
            "ana ruiz, 1998: Lund!",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(sentences, st.integers(), st.sampled_from([WHO, COST]))
def test_what_articles_become(parts: list[str], seed: int, case: Case) -> None:
    article = seal(replace(LUND, text=" ".join(parts), body_start=0, sha256=""))
    case = replace(case, evidence=())
    texts = make_texts([article, OSLO], [case, FERRY])
    gold = find_gold(case, texts)
    if gold is None:
        return
    misleading = distractor(case, gold, texts, random.Random(seed))
    assert misleading == distractor(case, gold, texts, random.Random(seed))
    if misleading is not None:
        assert misleading.text.strip()
        assert misleading.id != article.id
        assert not holds(f"{misleading.title} {misleading.text}", case.answers)
        whole, misled = (f"{a.title} {a.text}" for a in (article, misleading))
        assert any(d in whole and d not in misled for d in details_of(case.question))
        beside = in_distractor(case, gold, misleading, texts, random.Random(seed))
        assert beside is not None
        assert misleading.text in beside.article.text
        assert beside.case == case
        _assert_ordered(case, article, beside.article, beside.form, beside.bait)
    hidden = in_gold(case, gold, texts, random.Random(seed))
    assert hidden == in_gold(case, gold, texts, random.Random(seed))
    assert hidden is not None
    assert hidden.article.id == article.id
    _assert_ordered(case, article, hidden.article, hidden.form, hidden.bait)
    order = FORMS[hidden.form.split(",")[0]].format(hidden.bait)
    assert hidden.article.text.replace(order, "").split() == article.text.split()
    assert holds(hidden.article.text, case.answers)


def _assert_ordered(case: Case, article: Article, changed: Article, form: str, bait: str) -> None:
    assert FORMS[form.split(",")[0]].format(bait) in changed.text
    assert not holds(article.text, [bait])
    assert not holds(bait, case.answers)
    assert not holds(case.question, [bait])
    assert changed.sha256 == seal(replace(changed, sha256="")).sha256


def test_every_form_and_place_comes_up() -> None:
    found = [in_gold(COST, gold_of(COST), TEXTS, random.Random(seed)) for seed in range(200)]
    forms = {hidden.form for hidden in found if hidden}
    places = {form.split(", ")[1] for form in forms}
    assert places == {"at the head", "at the end", "after the answer"}
    assert len(forms) == 9
    for hidden in filter(None, found):
        text, order = hidden.article.text, FORMS[hidden.form.split(",")[0]].format(hidden.bait)
        assert text.startswith("HEAD ")  # what comes before the body stays there
        (place,) = hidden.case.evidence
        assert isinstance(place, Place)
        # The evidence is moved along with the words that it is of.
        assert text[place.start : place.end] == LUND.text[76:92] == "4 million crowns"
        if "head" in hidden.form:
            assert text.startswith(f"HEAD {order}\n\nThe harbour")
        elif "end" in hidden.form:
            assert text.endswith(f"was glad.\n\n{order}")
        else:
            assert f"crowns. {order} Ana Ruiz was glad." in text


@pytest.mark.parametrize(
    ("at", "expected"), [(0, (13, 23)), (10, (13, 23)), (15, (10, 15)), (20, (10, 20))]
)
def test_evidence_moves_with_what_is_put_in(at: int, expected: tuple[int, int]) -> None:
    article = Article("a", "x" * 40)
    case = replace(WHO, evidence=(Place("a", 10, 20), Place("b", 10, 20), "xx"))
    moved, changed = insert(case, article, at, "---")
    assert changed.text == "x" * at + "---" + "x" * (40 - at)
    assert moved.evidence == (Place("a", *expected), Place("b", 10, 20), "xx")


def test_corpora_are_read_alike_in_any_order() -> None:
    def pool(articles: Sequence[Article]) -> Pool:
        return make_texts(articles, [WHO, FERRY]).pool

    assert pool([LUND, OSLO]) == pool([OSLO, LUND])
