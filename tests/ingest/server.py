"""A PostgreSQL server of the tests' own: made in a temporary folder, reached on this machine only, gone at the end."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

OWNER, PASSWORD = "chu_quan", "Mật:khẩu/c@ủa 'an'?&%"  # every sign that an address or a message may stumble over


class Server:
    """Its address for the owner, and statements as the owner."""

    def __init__(self, port: int):
        self.port = port
        self.uri = f"postgresql://{OWNER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"

    def run(self, *statements: str) -> None:
        import adbc_driver_postgresql.dbapi as dbapi

        with dbapi.connect(self.uri, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def programs() -> Path | None:
    """Where initdb and pg_ctl are: on the path, or where the system's package puts its newest version."""
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    places = [Path(found).resolve()] if found else packaged[-1:]
    return next((path.parent for path in places if (path.parent / "pg_ctl").is_file()), None)


# Waits until its input ends, however the tests end, then leaves nothing behind.
_WATCH = 'read -r _; "$1" -D "$2/data" -m immediate -w stop > /dev/null 2>&1; rm -rf "$2"'


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port; root cannot run one, so it then belongs to the user postgres or nobody."""
    place, port, user = programs(), _free_port(), _user()
    assert place is not None
    folder = Path(mkdtemp(prefix="revops-postgresql-"))
    data, secret = folder / "data", folder / "owner"
    secret.write_text(PASSWORD, "utf-8")
    if user:
        for path in (folder, secret):
            shutil.chown(path, user)
    watch = ["sh", "-c", _WATCH, "sh", str(place / "pg_ctl"), str(folder)]
    watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, user=user, cwd="/", start_new_session=True)
    try:
        _call(user, [place / "initdb", "-D", data, "-U", OWNER, "-A", "scram-sha-256", "--pwfile", secret,
                     "-E", "UTF8", "--no-locale", "--no-sync"])  # fmt: skip
        options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Asia/Tokyo"
        _call(user, [place / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
        yield Server(port)
    finally:
        watcher.communicate()


def _user() -> str | None:
    """The user that runs the server where this process is root's."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _call(user: str | None, command: list[object]) -> None:
    done = subprocess.run(
        [str(word) for word in command], user=user, cwd="/", capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
