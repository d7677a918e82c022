"""Everything that the archive raises. The command line and HTTP translate; the words stay.

DatelineError
├── InvalidInput            the caller's input is wrong; says what, where and what to do
│   └── InvalidRecord       one article of a file or a request, named by place and field
├── NotFound                no such article
├── TooLarge                past a stated bound
├── ArchiveBusy             another process is writing; names it
├── ArchiveUnusable         the archive cannot be opened as it is
│   ├── EncoderMismatch     made with another encoder
│   └── ArchiveDamaged      the store itself, not a derived index, is damaged
└── ModelUnusable           weights are missing, altered or of another kind
"""


class DatelineError(Exception):
    """Base of all errors that are meant for a person to read."""


class InvalidInput(DatelineError):
    pass


class InvalidRecord(InvalidInput):
    """Printed as `place: field: problem`, for example `news.jsonl:3: published_at: ...`."""

    def __init__(self, place: str, field: str, problem: str) -> None:
        super().__init__(f"{place}: {field}: {problem}")
        self.place, self.field, self.problem = place, field, problem


class NotFound(DatelineError):
    pass


class TooLarge(InvalidInput):
    pass


class ArchiveBusy(DatelineError):
    pass


class ArchiveUnusable(DatelineError):
    pass


class EncoderMismatch(ArchiveUnusable):
    pass


class ArchiveDamaged(ArchiveUnusable):
    pass


class ModelUnusable(DatelineError):
    pass
