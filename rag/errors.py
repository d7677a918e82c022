"""What answering raises beyond the archive's own errors. One hierarchy: see `index.errors`.

DatelineError
├── UnknownSetting      a DATELINE_* variable that names nothing
└── UnsafeAddress       serving beyond this machine without an API key
"""

from index.errors import DatelineError


class UnknownSetting(DatelineError):
    pass


class UnsafeAddress(DatelineError):
    pass
