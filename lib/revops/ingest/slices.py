"""A large text file read in slices, each with whole documents, so that memory does not grow with the file.

What decides how a file is read (encoding, separator, header) is found in its first slice; a file of which a later slice
says otherwise is `Torn` and is read whole instead.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from revops.company import Mapping
from revops.ingest.reader import RawTable, decode, read_on, read_table
from revops.problems import InputError

SIZE = 32 << 20


class Torn(Exception):
    """The file cannot be read in slices: it must be read whole."""


def slices(path: Path, mapping: Mapping, name: str, size: int = SIZE) -> Iterator[RawTable]:
    """The file as tables of text with row numbers, one after another; small files and workbooks are one table.

    Raises what read_table raises, and Torn.
    """
    with path.open("rb") as stream:
        start = stream.read(size)
        more = stream.read(1)
        if not more or mapping.apart or not _is_text(start):
            yield read_table(start + more + stream.read(), mapping, name)
            return
        yield from _sliced(_pieces(start + more, stream, size), mapping, name)


def _sliced(pieces: Iterator[bytes], mapping: Mapping, name: str) -> Iterator[RawTable]:
    table = read_table(next(pieces), mapping, name)
    if table.encoding.startswith("utf-16"):
        raise Torn
    first = table.header_row + 1
    while True:
        yield table
        first += table.height
        piece = next(pieces, None)
        if piece is None:
            return
        table = read_on(_same_encoding(piece, table), mapping, table, first)


def _same_encoding(piece: bytes, table: RawTable) -> str:
    if piece.isascii():
        return piece.decode("ascii")
    encoding = "utf-8" if table.encoding == "utf-8-sig" else table.encoding
    try:
        text, _, warnings = decode(piece, encoding)
    except InputError:
        raise Torn from None
    table.warnings.extend(warning for warning in warnings if warning not in table.warnings)
    return text


def _pieces(start: bytes, stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Bytes of about `size` that end where a record does."""
    rest = start
    while True:
        read = stream.read(max(size - len(rest), 1 << 20))
        rest += read
        if not read:
            yield rest
            return
        if len(rest) >= size:
            cut = _record_end(rest)
            yield rest[:cut]
            rest = rest[cut:]


def _record_end(data: bytes) -> int:
    """The end of the last line of which no quote is open; of the last line where every one has an open quote."""
    end = last = data.rfind(b"\n") + 1
    if not end:
        raise Torn
    is_open = data.count(b'"', 0, end) % 2
    while is_open:
        before = data.rfind(b"\n", 0, end - 1) + 1
        if not before or last - before > 1 << 20:
            return last
        is_open ^= data.count(b'"', before, end) % 2
        end = before
    return end


def by_document(tables: Iterable[RawTable], wanted: str | list[str]) -> Iterator[RawTable]:
    """The same rows, cut so that rows that follow each other in one document stay together.

    `wanted` names the column with the document's number, empty on its further rows or repeated there.
    """
    carried: pl.DataFrame | None = None
    previous: RawTable | None = None
    for table in tables:
        if previous is not None:
            yield previous
        if carried is not None:
            table = replace(table, frame=pl.concat([carried, table.frame]))
            carried = None
        key = table.find(wanted)
        frame, previous = table.frame, table
        if key is None or frame.is_empty():
            continue
        start = _last_document(frame[key])
        carried = frame.slice(start)
        previous = replace(table, frame=frame.head(start))
    if previous is not None:
        rest = [] if carried is None else [carried]
        yield replace(previous, frame=pl.concat([previous.frame, *rest]))


def _last_document(keys: pl.Series) -> int:
    """The position at which the last document starts."""
    tail = 1000
    while True:
        part = keys.tail(tail).forward_fill()
        other = part.ne_missing(part[-1])
        before = other.arg_true()
        if len(before):
            return len(keys) - len(part) + int(before[-1]) + 1
        if tail >= len(keys):
            return 0
        tail *= 10


def _is_text(start: bytes) -> bool:
    """Whether it is a text file of one byte a character, not a workbook and not UTF-16."""
    return not start.startswith((b"PK", b"\xd0\xcf", b"PAR1", b"\xff\xfe", b"\xfe\xff")) and b"\0" not in start[:4000]
