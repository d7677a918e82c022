"""What several tests share: one engine with the models loaded, over the seeds."""

from collections import Counter
from pathlib import Path

import pytest

import rag
from index.archive import Archive
from index.encode import Encoder
from rag.engine import Engine
from rag.settings import Settings

SEEDS = Path(__file__).parents[1] / "seeds"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=30, help="how often tests/test_kills.py kills")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raises UsageError where two tests have one id: of these, processes that share out run one."""
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"several tests have one id, of which one would run: {twice}")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    count: int = request.config.getoption("--kills")
    return count


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An archive of its own with the seeds in it. Tests that change it leave it as it was."""
    opened = rag.open(tmp_path_factory.mktemp("archive"))
    opened.ingest(SEEDS)
    return opened


@pytest.fixture(scope="session")
def encoder(engine: Engine) -> Encoder:
    """The shipped encoder, loaded once."""
    return engine.archive.encoder


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Engine:
    """An empty archive of the test's own, at `tmp_path / "archive"`, with the shared models."""
    archive = Archive(tmp_path / "archive", engine.archive.encoder, wait_seconds=0.1)
    return Engine(archive, engine.reader, engine.calibrator, Settings(data=archive.folder))
