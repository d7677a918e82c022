"""Every setting, its default, and where its value came from.

A setting is taken from the command line, else from its `DATELINE_*` variable, else its default. An
unknown variable with that prefix is an error: a misspelt setting must not pass unnoticed.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from index.encode import SHIPPED
from index.errors import InvalidInput
from rag.errors import UnknownSetting

PREFIX = "DATELINE_"
MAX_TIME_LIMIT = 3_600  # seconds; a server that is stopped waits as long
LOG_LEVELS = ("debug", "info", "warning", "error")

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values; `origins` says for each name `default`, `environment` or `command line`."""

    data: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("dateline")))
    encoder: str = SHIPPED
    reader: str = "dateline-reader"
    threshold: float | None = None  # confidence below which it abstains; None: the model's own
    workers: int = 0  # one-thread model workers; 0: as many as there are cores
    host: str = "127.0.0.1"
    port: int = 8000
    api_key: str = ""
    queue: int = 64  # requests that may wait their turn; the next is told to come again later
    time_limit: float = 30.0  # seconds for a question over HTTP or MCP, waiting included
    cors_origins: tuple[str, ...] = ()  # whose pages may use the server; ("*",): anyone's
    log_level: str = "info"
    origins: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def load(environment: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings from `given` (None: not given) over the environment (the process's) over the
        defaults. Raises UnknownSetting, or InvalidInput for a value that does not fit.
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + name.upper(): name for name in _names()}
        values: dict[str, Any] = {}
        origins = dict.fromkeys(_names(), "default")
        for variable in sorted(v for v in environment if v.startswith(PREFIX)):
            if variable not in known:
                raise UnknownSetting(
                    f"{variable} is no setting; known are {', '.join(sorted(known))}; "
                    "unset it or correct its name"
                )
            values[known[variable]] = _parse(variable, known[variable], environment[variable])
            origins[known[variable]] = "environment"
        for name in given:
            if name not in known.values():
                words = ", ".join(sorted(known.values()))
                raise UnknownSetting(f"{name} is no setting; known are {words}")
        for name, value in given.items():
            if value is not None:
                values[name] = _parse("--" + name.replace("_", "-"), name, value)
                origins[name] = "command line"
        return Settings(**values, origins=origins)

    def model_workers(self) -> int:
        """`workers`, or as many as there are cores."""
        from index.onnx import own_cores  # late: settings are read before a model is needed

        return self.workers or own_cores()

    def shown(self) -> dict[str, dict[str, str]]:
        """Each setting's value and origin, with the API key hidden."""
        return {
            name: {"value": _shown(self, name), "origin": self.origins.get(name, "default")}
            for name in _names()
        }


def _names() -> list[str]:
    return [f.name for f in fields(Settings) if f.name != "origins"]


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if name == "api_key" and value:
        return "(set)"
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)


def _parse(place: str, name: str, value: Any) -> Any:
    """The value in its type. An empty one would mean this folder, or every address: an error."""
    if isinstance(value, str) and not value.strip() and name != "api_key":
        raise InvalidInput(f"{place} has the value {value!r}; give one, or leave it out")
    if isinstance(value, str) and re.search(r"[\ud800-\udfff]", value):
        raise InvalidInput(f"{place} has the value {value!a}; write it in UTF-8")
    readers: dict[str, Callable[[Any], Any]] = {
        "data": lambda given: Path(given).expanduser(),
        "threshold": float,
        "workers": int,
        "port": int,
        "queue": int,
        "time_limit": float,
        "cors_origins": _origins,
        "log_level": lambda given: str(given).strip().lower(),
    }
    try:
        parsed = readers.get(name, str)(value)
    except (ValueError, TypeError):
        kinds = {
            "threshold": "a number",
            "time_limit": "a number",
            "data": "a folder",
            "cors_origins": "origins such as https://news.example, separated by commas, or *",
        }
        kind = kinds.get(name, "a whole number")
        raise InvalidInput(f"{place} has the value {value!r}; give {kind}") from None
    if name == "threshold" and not 0 <= parsed <= 1:
        raise InvalidInput(f"{place} has the value {value!r}; give a probability from 0 to 1")
    if name == "port" and not 0 <= parsed <= 65_535:
        raise InvalidInput(f"{place} has the value {value!r}; give a port from 0 to 65535")
    if name == "time_limit" and not 0 < parsed <= MAX_TIME_LIMIT:
        words = f"give seconds, more than 0 and at most {MAX_TIME_LIMIT}"
        raise InvalidInput(f"{place} has the value {value!r}; {words}")
    if name == "log_level" and parsed not in LOG_LEVELS:
        words = f"give one of {', '.join(LOG_LEVELS)}"
        raise InvalidInput(f"{place} has the value {value!r}; {words}")
    if name in ("workers", "queue") and parsed < 0:
        raise InvalidInput(f"{place} has the value {value!r}; give 0 or more")
    return parsed


def _origins(given: Any) -> tuple[str, ...]:
    """Raises ValueError for what a browser would never send as an origin."""
    parts = given.split(",") if isinstance(given, str) else given
    origins = tuple(dict.fromkeys(part.strip().lower() for part in parts))
    if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError
    return origins
