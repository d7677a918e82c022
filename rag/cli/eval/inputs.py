"""What `dateline eval` is asked to measure: files -> cases, a corpus, and what to say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import InvalidInput
from index.records import Article
from rag.cli.common import complain, open_with
from rag.cli.progress import progress

if TYPE_CHECKING:
    from eval.adapters.trec import Qrels, Run
    from eval.cases import Case
    from eval.given import Answers
    from eval.perturb.variants import Variant
    from rag.engine import Engine
    from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Inputs:
    """`cases` are those drawn of `all_cases`; `read` goes to the config.

    `articles` is empty when the archive of the settings is asked.
    """

    cases: "Sequence[Case]"
    all_cases: "Sequence[Case]"
    articles: list[Article]
    settings: "Settings"
    read: dict[str, Any]

    def open_engine(self) -> "Engine":
        """Over the corpus, or else the archive; tells of cases whose article is not there."""
        engine = self._open_corpus() if self.articles else open_with(self.settings, create=False)
        snapshot = engine.archive.snapshot()
        named = {id_: case.id for case in self.cases for id_ in case.article_ids}
        lacking = [id_ for id_ in named if snapshot.article(id_) is None]
        if lacking:
            complain(
                f"the archive lacks {counted(len(lacking), 'article')} that cases name, "
                f"{lacking[0]!r} of {named[lacking[0]]!r} first; they count as not found"
            )
        return engine

    def make_variants(self) -> "list[Variant]":
        """The cases as they are and perturbed. Raises InvalidInput without a corpus."""
        from eval.perturb.texts import make_texts
        from eval.perturb.variants import make_variants

        if not self.articles:
            raise InvalidInput("articles are changed too; give --corpus, or --squad")
        return make_variants(self.cases, make_texts(self.articles, self.all_cases))

    def _open_corpus(self) -> "Engine":
        from eval.corpus import open_corpus

        with progress("articles", len(self.articles)) as tell:
            return open_corpus(self.articles, self.settings, tell)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def inputs_of(
    cases: Path | None,
    squad: Path | None,
    corpus: Path | None,
    data: str | None,
    limit: int | None,
    **_: Any,
) -> Inputs:
    """Raises InvalidInput or InvalidRecord for files that cannot be used, or do not go together."""
    from eval.adapters.squad import as_archive, read_squad
    from eval.build import describe_file
    from eval.cases import read_cases
    from eval.corpus import hash_corpus, read_corpus
    from eval.harness import sample
    from rag.settings import Settings

    if (cases is None) == (squad is None):
        raise InvalidInput("give either --cases or --squad, the file of questions")
    if data and (corpus or squad):
        raise InvalidInput("--data names an archive that is there; leave it out, or the corpus")
    if squad and corpus:
        raise InvalidInput("--squad brings its own paragraphs; leave --corpus out")
    known: Sequence[Case]
    articles: list[Article] = []
    if squad:
        articles, known = as_archive(read_squad(squad))
    else:
        assert cases is not None
        known = read_cases(cases)
        articles = read_corpus(corpus) if corpus else []
        if corpus and not articles:
            raise InvalidInput(f"{corpus}: holds no article; give a file or a folder of articles")
    file = squad or cases
    assert file is not None
    read = {
        "cases": {**describe_file(file), "count": len(known)},
        "corpus": {"articles": len(articles), "sha256": hash_corpus(articles)}
        if articles
        else None,
        "limit": limit,
    }
    return Inputs(sample(known, limit), known, articles, Settings.load(data=data), read)


def read_answers(path: Path, form: str, given: Inputs) -> "tuple[Answers, dict[str, Any]]":
    """Another system's answers, and what to say of them; names what no case asks."""
    from eval.adapters import ours, ragas
    from eval.build import describe_file

    reads = {"ours": ours.read_ours, "ragas": ragas.read_ragas}
    matched = reads[form](path, given.all_cases)
    if matched.unknown:
        found = counted(len(matched.unknown), "question")
        complain(f"{path}: {found}, {matched.unknown[0]!r} first, asked by no case; not scored")
    return matched.answers, {**given.read, "system": {**describe_file(path), "form": form}}


def read_trec(
    qrels: Path | None, run: Path | None, limit: int | None, **others: Any
) -> "tuple[Run, Qrels, dict[str, Any]]":
    """A run and the qrels it is scored by; names what it ranks for no query of theirs."""
    from eval.adapters import trec
    from eval.build import describe_file
    from eval.harness import sample

    if qrels is None or run is None or any(others[n] for n in ("cases", "squad", "corpus", "data")):
        raise InvalidInput("give --qrels and --run together, and no cases and no archive")
    judged, ranked = trec.read_qrels(qrels), trec.read_run(run)
    beside = [query for query in ranked if query not in judged]
    if beside:
        found = counted(len(beside), "query", "queries")
        complain(f"{run}: {found}, {beside[0]!r} first, in no qrels; not scored")
    if not judged:
        raise InvalidInput(f"{qrels}: holds no query; give TREC's qrels")
    read = {
        "cases": {**describe_file(qrels), "count": len(judged)},
        "system": describe_file(run),
        "limit": limit,
    }
    return ranked, {query: judged[query] for query in sample(list(judged), limit)}, read
