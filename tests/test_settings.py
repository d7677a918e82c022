"""Where a setting's value comes from, and what is said of one that does not fit."""

from pathlib import Path
from typing import Any

import pytest

from index.errors import InvalidInput
from rag.errors import UnknownSetting
from rag.settings import Settings

ORIGINS = "give origins such as https://news.example, separated by commas, or *"


def test_defaults() -> None:
    settings = Settings.load({})
    assert settings.data.name == "dateline"
    assert (settings.host, settings.port, settings.threshold) == ("127.0.0.1", 8000, None)
    assert set(settings.origins.values()) == {"default"}


def test_the_command_line_wins_over_the_environment_and_it_over_the_default() -> None:
    environment = {"DATELINE_PORT": "9000", "DATELINE_HOST": "::1", "HOME": "/home/reader"}
    settings = Settings.load(environment, port="9001", data=None)
    assert (settings.host, settings.port, settings.workers) == ("::1", 9001, 0)
    origins = {name: settings.origins[name] for name in ("host", "port", "workers", "data")}
    assert origins == {
        "host": "environment",
        "port": "command line",
        "workers": "default",
        "data": "default",
    }


def test_a_value_takes_its_type() -> None:
    environment = {"DATELINE_DATA": "~/news", "DATELINE_THRESHOLD": "0.25", "DATELINE_WORKERS": "3"}
    settings = Settings.load(environment)
    assert settings.data == Path.home() / "news"
    assert (settings.threshold, settings.workers) == (0.25, 3)
    settings = Settings.load({"DATELINE_TIME_LIMIT": "2.5", "DATELINE_LOG_LEVEL": " Debug"})
    assert (settings.time_limit, settings.log_level, settings.queue) == (2.5, "debug", 64)


def test_origins_are_separated_by_commas() -> None:
    given = "https://News.example, http://localhost:3000,http://[::1]:80,https://news.example"
    settings = Settings.load({"DATELINE_CORS_ORIGINS": given})
    origins = ("https://news.example", "http://localhost:3000", "http://[::1]:80")
    assert settings.cors_origins == origins
    assert settings.shown()["cors_origins"]["value"] == ", ".join(origins)
    assert Settings.load({}, cors_origins="*").cors_origins == ("*",)
    assert Settings.load({}).cors_origins == ()


def test_shown_has_every_setting_and_hides_the_key() -> None:
    shown = Settings.load({"DATELINE_API_KEY": "a secret"}, port=0).shown()
    assert shown["api_key"] == {"value": "(set)", "origin": "environment"}
    assert shown["port"] == {"value": "0", "origin": "command line"}
    assert shown["threshold"] == {"value": "", "origin": "default"}
    assert shown.keys() == Settings().shown().keys()
    assert Settings.load({"DATELINE_API_KEY": ""}).shown()["api_key"]["value"] == ""


def test_an_unknown_variable_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(UnknownSetting) as raised:
        Settings.load({"DATELINE_TRESHOLD": "0.5"})
    words = str(raised.value)
    assert words.startswith("DATELINE_TRESHOLD is no setting; known are DATELINE_API_KEY, ")
    assert "DATELINE_THRESHOLD" in words


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATELINE_PORT", "http", "give a whole number"),
        ("DATELINE_PORT", "8000.5", "give a whole number"),
        ("DATELINE_PORT", "65536", "give a port from 0 to 65535"),
        ("DATELINE_PORT", "", "give one, or leave it out"),
        ("DATELINE_WORKERS", "-1", "give 0 or more"),
        ("DATELINE_THRESHOLD", "half", "give a number"),
        ("DATELINE_THRESHOLD", "1.5", "give a probability from 0 to 1"),
        ("DATELINE_THRESHOLD", "nan", "give a probability from 0 to 1"),
        ("DATELINE_DATA", "", "give one, or leave it out"),
        ("DATELINE_HOST", " ", "give one, or leave it out"),
        ("DATELINE_QUEUE", "-1", "give 0 or more"),
        ("DATELINE_QUEUE", "many", "give a whole number"),
        ("DATELINE_TIME_LIMIT", "0", "give seconds, more than 0 and at most 3600"),
        ("DATELINE_TIME_LIMIT", "nan", "give seconds, more than 0 and at most 3600"),
        ("DATELINE_TIME_LIMIT", "inf", "give seconds, more than 0 and at most 3600"),
        ("DATELINE_TIME_LIMIT", "3600.5", "give seconds, more than 0 and at most 3600"),
        ("DATELINE_TIME_LIMIT", "soon", "give a number"),
        ("DATELINE_LOG_LEVEL", "loud", "give one of debug, info, warning, error"),
        ("DATELINE_CORS_ORIGINS", "news.example", ORIGINS),
        ("DATELINE_CORS_ORIGINS", "https://news.example/", ORIGINS),
        ("DATELINE_CORS_ORIGINS", "https://news.example,*", ORIGINS),
        ("DATELINE_CORS_ORIGINS", "https://a.example,", ORIGINS),
        ("DATELINE_CORS_ORIGINS", "null", ORIGINS),
        ("DATELINE_CORS_ORIGINS", "https://*.example", ORIGINS),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_a_remedy(
    variable: str, value: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        Settings.load({variable: value})
    assert str(raised.value) == f"{variable} has the value {value!r}; {words}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"port": "x"}, "--port has the value 'x'; give a whole number"),
        ({"threshold": [1]}, "--threshold has the value [1]; give a number"),
        ({"data": 7}, "--data has the value 7; give a folder"),
        (
            {"host": "\udcff"},
            "--host has the value '\\udcff'; write it in UTF-8",
        ),
    ],
)
def test_an_option_is_named_as_it_is_written(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Settings.load({}, **given)
    assert str(raised.value) == words
