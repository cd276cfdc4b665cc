"""A company of a few lines for every test."""

from collections.abc import Iterator

import pytest

from .server import Server, programs, running
from .small import Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "company")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    if programs() is None:
        pytest.skip("no PostgreSQL server was found: install the system's package postgresql")
    with running() as server:
        yield server
