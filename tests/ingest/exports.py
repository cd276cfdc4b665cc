"""Companies of tests/exports over files that lie elsewhere: where those are, and a company read from them."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from revops import ingest
from revops.ingest import Loaded
from revops.workspace import Workspace, open_workspace, root


@dataclass(frozen=True)
class Files:
    """A folder of files, named by an environment variable, else beside the project."""

    variable: str
    folder: Path

    @property
    def needed(self) -> pytest.MarkDecorator:
        """Skips where the folder is not there."""
        reason = f"no files in {self.folder}: set {self.variable}"
        return pytest.mark.skipif(not self.folder.is_dir(), reason=reason)

    def read(self, company: str, period: str, place: Path, as_of: str = "") -> Iterator[tuple[Workspace, Loaded]]:
        """The company's files through the ledger, which adds up; its folder is copied, for a run leaves a record."""
        shutil.copytree(root() / "tests" / "exports" / company, place / company)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(self.variable, str(self.folder))
            ws = open_workspace("01_ingest", place / company, period, as_of, "en", str(place / "build"))
            loaded = ingest.load(ws)
            ingest.reconcile(ws, loaded)
            yield ws, loaded


def files(variable: str, folder: str) -> Files:
    """The files that `variable` names, else those of `folder` beside the project."""
    return Files(variable, Path(os.environ.get(variable, root().parent / "shared" / "data" / folder)).resolve())
