"""What answering raises beyond the archive's own errors. One hierarchy: see `index.errors`.

DatelineError
├── Abandoned           who asked has left, and nobody waits for the answer
├── TimedOut            a question was not answered before its deadline
├── UnknownSetting      a DATELINE_* variable that names nothing
└── UnsafeAddress       serving beyond this machine without an API key
"""

from index.errors import DatelineError


class Abandoned(DatelineError):
    pass


class TimedOut(DatelineError):
    pass


class UnknownSetting(DatelineError):
    pass


class UnsafeAddress(DatelineError):
    pass
