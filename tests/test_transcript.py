"""docs/openai.md: what is typed there is what the program types, and all of it runs."""

from pathlib import Path

from api.app import create_app
from rag.engine import Engine
from tests.served import served
from tests.transcript import ADDRESS, HEAD, transcript
from tests.typed import typed_in

PAGE = (Path(__file__).parents[1] / "docs" / "openai.md").read_text("utf-8")


def test_the_page_is_what_the_program_prints_now(engine: Engine) -> None:
    """What is typed, and what is refused, to the letter; answers may change with the models."""
    with served(create_app(engine)) as address:
        page = transcript(address).replace(address, ADDRESS)
    assert PAGE.startswith(HEAD)
    assert typed_in(page) == typed_in(PAGE)
    errors = "Errors are those that the package knows."
    assert page.partition(errors)[2] == PAGE.partition(errors)[2] != ""
