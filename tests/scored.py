"""Results of invented questions, for tests of what is folded from them."""

from eval.answers import Path, Result
from eval.given import Quote

ALL_THE_WAY = Path(True, True, True, True, 1.0)


def result(
    id_: str,
    *,
    gold: str = "x",
    right: bool = True,
    refused: bool = False,
    confidence: float | None = 0.5,
    cluster: str = "",
    f1: float | None = None,
    path: Path | None = ALL_THE_WAY,
    evidence_cited: bool | None = True,
    verified: bool = True,
    failed: str = "",
    kind: str = "who",
) -> Result:
    """A question that has an answer if `gold` is given; then `right` is its first answer's."""
    answerable = bool(gold)
    return Result(
        id=id_,
        question=f"Question {id_}?",
        gold=(gold,) if gold else (),
        answerable=answerable,
        cluster=cluster or id_,
        answer="x" if right else "y",
        refused=refused,
        confidence=confidence,
        right=right and answerable,
        em=right and answerable,
        f1=(float(right) if f1 is None else f1) if answerable else 0.0,
        evidence_cited=evidence_cited if answerable else None,
        quotes=(Quote(text="It is x.", answer=(6, 7), article_id="a", start=0, verified=verified),),
        path=path if answerable else None,
        failed=failed,
        slices={"kind": kind, "cluster": cluster or id_},
    )
