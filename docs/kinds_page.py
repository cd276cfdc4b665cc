"""docs/kinds.md: every kind of export that is read without a mapping, made from the kinds themselves."""

from collections.abc import Iterator

from revops.ingest import kinds, recognise

HEAD = """\
# Kinds of exports

Made from `lib/revops/ingest/kinds` by `make refresh`; a test keeps it in step.

A file of one of these kinds needs no mapping: `revops new` recognises it by its header, wherever that stands and in
whatever order its columns are, when all columns of its signature are there (`/`: any one of these). Case, accents and
punctuation do not matter. What a company calls otherwise, its `company.yaml` says in a line ([keys](company.md)).

| kind | export | feeds |
|---|---|---|
"""


def kinds_page() -> str:
    """The page as Markdown: an overview, then what is to be known of each kind."""
    known = {name: kind for name, kind in kinds.known().items() if name != kinds.PLAIN}
    overview = [
        _row(f"[{name}](#{name})", f"{kind.about.system}: {kind.about.export}", ", ".join(kind.tables))
        for name, kind in known.items()
    ]
    return HEAD + "".join(overview) + "".join(part for name, kind in known.items() for part in _section(name, kind))


def _section(name: str, kind: kinds.Kind) -> Iterator[str]:
    about = kind.about
    signature = [" / ".join(headers) for headers in recognise.needed(kind).values()]
    yield f"\n## {name}\n\n{about.system}: {about.export}.\n\n| | |\n|---|---|\n"
    yield _row("signature", ", ".join(dict.fromkeys(signature)))
    yield _row("a row is", about.grain)
    yield _row("period", about.date)
    yield _row("cancelled", about.cancelled)
    yield _row("returned", about.returned)
    yield _row("tested as", ", ".join(about.encodings))
    yield _row("feeds", ", ".join(kind.tables))


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |\n"
