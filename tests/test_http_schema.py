"""Requests made up from the application's own description, right ones and wrong ones.

Whatever is sent to a real server, what comes back is what /openapi.json says: no 500, no status,
type or form that it does not name, nothing accepted that it forbids. All articles invented.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from api.app import create_app, waiting_app
from rag.settings import Settings
from tests.served import PATIENCE, GatedReader, gated_engine, served, settings_for

EXAMPLES = 100  # for each route
KEY = "invented"
# What is too long has 413 or 414 here, which is no refusal in schemathesis's own list.
REFUSED = [400, 401, 404, 405, 413, 414, 415, 422, 431]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"mode": "all", "deterministic": True},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
        # Of several articles the right ones are taken, with a 200 that names the others.
        "operations": [
            {
                "include-name": "POST /v1/articles",
                "checks": {"negative_data_rejection": {"enabled": False}},
            }
        ],
    }
)
schema = schemathesis.openapi.from_dict(waiting_app(Settings()).openapi(), config=CONFIG)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    reader = GatedReader()
    reader.gate.set()
    engine = gated_engine(reader, settings_for(tmp_path_factory.mktemp("described"), api_key=KEY))
    with served(create_app(engine)) as address:
        yield address


# With a parameter of ours each route's test has an id of its own; without one, all have the same.
@pytest.mark.parametrize("key", [KEY])
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_comes_back_is_what_is_described(case: Case[Any], address: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    case.call_and_validate(base_url=address, headers=headers, timeout=PATIENCE)
