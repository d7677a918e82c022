"""Which articles a question may be answered from: by day of publication and by source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.dates import normalise_day
from index.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Filters:
    """`after` includes its day, `before` excludes it; both are `YYYY-MM-DD`.

    Under either, an article without a date falls out. `sources` are names, compared without regard
    to case; () admits every source.
    """

    after: str | None = None
    before: str | None = None
    sources: tuple[str, ...] = ()

    @staticmethod
    def parse(
        after: str | None = None, before: str | None = None, sources: Sequence[str] = ()
    ) -> "Filters":
        """Filters from what a person wrote. Raises InvalidInput for a blank source, or no day."""
        if not all(source.strip() for source in sources):
            raise InvalidInput("sources: one of them is blank; give its name, or leave it out")
        return Filters(_day("after", after), _day("before", before), tuple(sources))

    @property
    def by_date(self) -> bool:
        return self.after is not None or self.before is not None

    def __bool__(self) -> bool:
        return self.by_date or bool(self.sources)

    def without_dates(self) -> "Filters":
        return replace(self, after=None, before=None)

    def source_keys(self) -> list[str]:
        """The sources in the form in which they are compared, sorted."""
        return sorted({key for name in self.sources if (key := self.source_key(name))})

    @staticmethod
    def source_key(source: str | None) -> str | None:
        """The form in which sources are compared."""
        return " ".join(source.split()).casefold() if source else None

    def sql(self) -> tuple[str, dict[str, str]]:
        """A condition on the store's `articles`, and its values."""
        clauses, values = ["1"], {}
        if self.after is not None:
            clauses.append("published_at >= :after")
            values["after"] = self.after
        if self.before is not None:
            clauses.append("published_at < :before")
            values["before"] = self.before
        if self.sources:
            keys = {f"source{i}": key for i, key in enumerate(self.source_keys())}
            clauses.append(f"source_key IN ({', '.join(':' + name for name in keys)})")
            values |= keys
        return " AND ".join(clauses), values


NO_FILTERS = Filters()


def _day(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return normalise_day(value)
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}") from None
