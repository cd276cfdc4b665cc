"""A large text file read in slices, each with whole documents, so that memory does not grow with the file.

What decides how a file is read (encoding, separator, header) is found in its first slice; a file of which a later slice
says otherwise is `Torn` and is read whole instead.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from revops.company import Mapping
from revops.ingest.reader import PARQUET, ROW, RawTable, decode, read_on, read_table
from revops.ingest.workbook import OLE, ZIP
from revops.problems import InputError

SIZE = 16 << 20
FARTHEST = 1 << 20  # bytes after which a quote that is still open closes nothing


class Torn(Exception):
    """The file cannot be read in slices: it must be read whole."""


def slices(path: Path, mapping: Mapping, name: str, size: int = SIZE) -> Iterator[RawTable]:
    """The file as tables of text with row numbers, one after another; small files and workbooks are one table.

    Raises what read_table raises, and Torn.
    """
    with path.open("rb") as stream:
        start = stream.read(4000)
        stream.seek(0)
        if path.stat().st_size <= size or mapping.apart or not _is_text(start):
            yield read_table(stream.read(), mapping, name)
        else:
            yield from _sliced(_pieces(stream, size), mapping, name)


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


def picked(path: Path, mapping: Mapping, name: str, rows: pl.Series) -> Iterator[RawTable]:
    """The file's rows of these numbers; of a large file only lines that hold them are read."""

    def chosen(table: RawTable) -> RawTable:
        return replace(table, frame=table.frame.filter(pl.col(ROW).is_in(rows.implode())))

    if path.stat().st_size <= SIZE:
        yield from map(chosen, slices(path, mapping, name))
        return
    with path.open("rb") as stream:
        pieces = _pieces(stream, SIZE)
        table = read_table(next(pieces), mapping, name)
        yield chosen(table)
        first = table.header_row + 1 + table.height
        for piece in pieces:
            if b'"' in piece or b"\r" in piece:
                read = read_on(_same_encoding(piece, table), mapping, table, first)
                yield chosen(read)
                first += read.height
                continue
            starts = np.append(0, np.flatnonzero(np.frombuffer(piece, np.uint8) == 10) + 1)
            height = len(starts) - (starts[-1] == len(piece))
            wanted = rows.filter(rows.is_between(first, first + height, closed="left")).sort()
            if wanted.len():
                ends = np.append(starts[1:], len(piece))
                lines = [piece[starts[n] : ends[n]] for n in (wanted - first).to_list()]
                read = read_on(_same_encoding(b"".join(lines), table), mapping, table, first)
                numbers = wanted.gather(read.frame[ROW] - first)
                yield replace(read, frame=read.frame.with_columns(numbers.alias(ROW)))
            first += height


def _same_encoding(piece: bytes, table: RawTable) -> bytes:
    """The bytes of a piece as UTF-8."""
    if piece.isascii() and b"\0" not in piece:
        return piece
    encoding = "utf-8" if table.encoding == "utf-8-sig" else table.encoding
    try:
        text, _, warnings = decode(piece, encoding)
    except InputError:
        raise Torn from None
    table.warnings.extend(warning for warning in warnings if warning not in table.warnings)
    return text.encode()


def _pieces(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Bytes of about `size` that end where a record does: at the end of a line on which no quote is open."""
    while True:
        start = stream.tell()
        stream.seek(start + size)
        rest = len(stream.readline())
        stream.seek(start)
        piece = stream.read(size + rest)
        if not piece:
            return
        if b'"' in piece and piece.count(b'"') % 2:
            piece += _rest_of_record(stream)
        yield piece


def _rest_of_record(stream: BinaryIO) -> bytes:
    """The lines up to the one that closes a quote; nothing where none of the next does."""
    start, lines = stream.tell(), list[bytes]()
    while sum(map(len, lines)) < FARTHEST and (line := stream.readline()):
        lines.append(line)
        if line.count(b'"') % 2:
            return b"".join(lines)
    stream.seek(start)
    return b""


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
    return not start.startswith((ZIP, OLE, PARQUET, b"\xff\xfe", b"\xfe\xff")) and b"\0" not in start
