"""The direction of imports: index <- rag <- api, eval; training above all; the CLI composes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"index", "rag", "api", "eval", "training", "tests"}
ALLOWED = {
    "index": set(),
    "rag": {"index"},
    "api": {"index", "rag"},
    "eval": {"index", "rag"},
    "training": {"index", "rag", "eval"},
}
# What api and eval may see of the index; the rest is the archive's own business. A heading and the
# sentences of a text are pure: eval asks them of other systems' answers.
VISIBLE = {
    "index.archive",
    "index.dates",
    "index.errors",
    "index.filters",
    "index.heading",
    "index.records",
    "index.snapshot",
    "index.sources",
    "index.split",  # pure: where sentences end
}


def _imports(path: Path) -> list[tuple[str, bool]]:
    """(module, whether it is imported inside a function)."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    } | {
        # What only a type checker reads is not imported when the program runs.
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.append((node.module or "", id(node) in inside))
    return found


def _files() -> list[Path]:
    return [p for folder in ALLOWED for p in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", _files(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_go_in_one_direction(path: Path) -> None:
    relative = path.relative_to(ROOT)
    folder = relative.parts[0]
    composes = relative.parts[:2] == ("rag", "cli")
    for module, is_lazy in _imports(path):
        top = module.split(".")[0]
        if top not in OURS or top == folder:
            continue
        if composes and top in {"api", "eval"}:
            assert is_lazy, f"{relative} imports {module} when it is loaded"
            continue
        assert top in ALLOWED[folder], f"{relative} imports {module}"
        if folder in {"api", "eval"} and top == "index":
            seen = any(module == v or module.startswith(v + ".") for v in VISIBLE)
            assert seen, f"{relative} looks into {module}"


def test_nothing_imports_the_command_line() -> None:
    for path in _files():
        if path.relative_to(ROOT).parts[:2] != ("rag", "cli"):
            assert not any(m.startswith("rag.cli") for m, _ in _imports(path)), path


def test_pydantic_lives_in_the_api_alone() -> None:
    for path in _files():
        if path.relative_to(ROOT).parts[0] != "api":
            assert not any(m.split(".")[0] in {"pydantic", "fastapi"} for m, _ in _imports(path))


def test_what_takes_long_to_import_is_imported_where_it_is_used() -> None:
    """The SDK of MCP takes most of a second, and nobody but an agent needs it."""
    for path in _files():
        if path.relative_to(ROOT).as_posix() != "api/mcp.py":
            imported = {module.split(".")[0] for module, _ in _imports(path)}
            assert imported.isdisjoint({"mcp", "mcp_types", "pandas", "matplotlib"}), path
