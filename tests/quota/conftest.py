"""The demo company as of October 2026, for tests that read its tables."""

import pytest

from revops import quota
from revops.ingest import load
from revops.workspace import open_workspace


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """A build folder with the canonical tables: to be read only."""
    folder = str(tmp_path_factory.mktemp("demo"))
    load(open_workspace("01_ingest", "data/demo", "2026-10", build=folder))
    return folder


@pytest.fixture(scope="module")
def desk(build):
    return quota.open_desk(open_workspace("03_quota", "data/demo", "2026-10", build=build))


@pytest.fixture(scope="module")
def proposal(desk):
    return desk.propose(quota.knobs_of(desk.ws.company.quota, 0))
