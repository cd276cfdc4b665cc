"""A company of a few lines for every test."""

import pytest

from .small import Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "company")
