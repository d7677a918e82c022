"""What pydantic found wrong with a body or a query -> a field and words for a person."""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_SHOWN = 100  # characters of a field's name that a client made up


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What pydantic found wrong with a body or a query, as `field` and `problem`."""
    return [{"field": _field(error["loc"]), "problem": _problem(error)} for error in errors]


def _field(path: Sequence[str | int]) -> str:
    names = path[1:] if path and path[0] in ("body", "query", "path") else path
    return ".".join(str(name)[:MAX_SHOWN] for name in names) or "body"


def _problem(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is missing; give it"
        case "extra_forbidden":
            return "is no field here; remove it or correct its name"
        case "value_error":
            return str(context["error"])
        case "string_unicode":
            return "holds half of a character in a field's name; remove that field"
        case "string_type":
            return f"is {_kind(error)}; give a string"
        case "bool_type":
            return f"is {_kind(error)}; give true or false"
        case "int_type" | "int_parsing":
            return f"is {_kind(error)}; give a whole number"
        case "list_type":
            return f"is {_kind(error)}; give a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"is {_kind(error)}; give an object"
        case "too_long":
            return f"is a list of {context['actual_length']}; give at most {context['max_length']}"
        case "string_too_long":
            count, most = len(error["input"]), context["max_length"]
            return f"has {count:,} characters; give at most {most:,}"
        case "greater_than_equal":
            return f"is too small; give at least {context['ge']}"
        case "less_than_equal":
            return f"is too large; give at most {context['le']}"
    return str(error["msg"])


def _kind(error: Mapping[str, Any]) -> str:
    match error.get("input"):
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
    return "an object"
