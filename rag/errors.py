"""What answering raises beyond the archive's own errors. One hierarchy: see `index.errors`.

DatelineError
├── TimedOut            a question was not answered before its deadline
├── UnknownSetting      a DATELINE_* variable that names nothing
└── UnsafeAddress       serving beyond this machine without an API key
"""

from index.errors import DatelineError


class TimedOut(DatelineError):
    pass


class UnknownSetting(DatelineError):
    pass


class UnsafeAddress(DatelineError):
    pass
