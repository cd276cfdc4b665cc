"""The door between an engine's own frame and the calculations: polars, DuckDB and Spark come in and go out as they
are.
"""

from typing import Any, TypeVar

import narwhals.stable.v2 as nw

Frame = TypeVar("Frame")
"""Any frame that Narwhals knows: what goes in as a DuckDB relation comes out as one."""


def opened(frame: Any) -> Any:
    """The frame as a Narwhals frame."""
    return nw.from_native(frame)


def native(frame: Any) -> Any:
    """A Narwhals frame as the engine's own."""
    return nw.to_native(frame)
