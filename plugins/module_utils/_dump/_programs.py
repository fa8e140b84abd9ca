# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's own client programs: found, of the right version, run to their end. Private to this collection."""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import subprocess
import tempfile
import threading
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import CHUNK
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _errors as _postgresql_errors

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")
_SECONDS_TO_ANSWER = 30
_ERROR = re.compile(r"(?:\S+: (?:error|detail)|ERROR): +(?!Query was)(.+)")
_LONGEST_OUTPUT = 64 * 1024
_LONGEST_TEXT = 600
_KEEPALIVES = "keepalives_idle=30 keepalives_interval=10 keepalives_count=3"
"""A connection whose other end has vanished is given up after about a minute instead of two hours."""


class Program:
    """One of the client programs.

    :param bin_dir: where it is; the PATH is searched if this is not set.
    :raises OperationsError: C(ProgramMissing), with what to install.
    """

    def __init__(self, name: str, bin_dir: str | None) -> None:
        self.name = name
        found = shutil.which(name, path=bin_dir)
        if found is None:
            raise OperationsError(
                f"There is no program {name} in {bin_dir or 'the directories of PATH'}",
                code="ProgramMissing",
                remedy="Install PostgreSQL's client programs, or set bin_dir to the directory that holds them.",
            )
        self.path = found
        self.version, self.major = self._version()

    def _version(self) -> tuple[str, int]:
        try:
            said = subprocess.run(
                [self.path, "--version"], capture_output=True, text=True, timeout=_SECONDS_TO_ANSWER, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError) as exc:
            raise OperationsError(f"{self.path} does not run: {exc}", code="ProgramMissing") from exc
        match = _VERSION.search(said)
        if not match:
            raise OperationsError(f"{self.path} does not say its version: {said}", code="ProgramMissing")
        return match[1] + match[2], int(match[1])

    @contextlib.contextmanager
    def running(self, arguments: t.Sequence[str], params: Params, timeout: float, **streams: t.Any) -> t.Iterator[Run]:
        """Run it, connected as the options say; at the end of the block it has ended, killed if need be.

        :param timeout: after how many seconds it is killed.
        :param streams: C(stdin) and C(stdout) as C(subprocess.Popen) takes them.
        """
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [self.path, "--no-password", *arguments],
                env=_postgresql_connection.environment(params),
                stderr=errors,
                bufsize=0,
                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams},
            )
            run = Run(self, process, errors, params)
            watch = threading.Timer(timeout, run.expire)
            watch.daemon = True
            watch.start()
            try:
                yield run
            finally:
                watch.cancel()
                process.kill()
                process.wait()
                for stream in (process.stdin, process.stdout):
                    if stream:
                        with contextlib.suppress(OSError):
                            stream.close()


class Run:
    """A program that runs."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes], errors: t.IO[bytes], params: Params) -> None:
        self._program, self._process, self._errors, self._params = program, process, errors, params
        self._expired = False

    def expire(self) -> None:
        """Kill it, since its time is over."""
        self._expired = True
        self.kill()

    def kill(self) -> None:
        """Kill it; that it has ended is fine."""
        self._process.kill()

    def output(self) -> t.Iterator[bytes]:
        """Yield what it writes, as it writes it."""
        stream = t.cast("t.IO[bytes]", self._process.stdout)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            # Fewer switches between the two processes; an unprivileged user may be allowed less.
            with contextlib.suppress(OSError):
                fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, CHUNK)
        while chunk := stream.read(CHUNK):
            yield chunk

    def feed(self, chunk: bytes) -> bool:
        """Give it input; return whether it wants more."""
        stream = t.cast("t.IO[bytes]", self._process.stdin)
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except BrokenPipeError:
            return False
        return True

    def end(self, doing: str) -> None:
        """Wait for its end.

        :raises OperationsError: with what it said when it failed.
        """
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        code = self._process.wait()
        if self._expired:
            raise OperationsError(
                f"{doing} failed: {self._program.name} has not ended in time",
                code="Timeout",
                remedy="Set a longer timeout, or look for what holds a lock on the server.",
            )
        if code:
            raise _postgresql_errors.explain(self._said() or f"exit code {code}", self._params, doing)

    def _said(self) -> str:
        """Return the errors it wrote, without its own name before each, and without its queries."""
        self._errors.seek(0)
        lines = self._errors.read(_LONGEST_OUTPUT).decode(errors="replace").splitlines()
        said = [match[1] for line in lines if (match := _ERROR.match(line))]
        return "; ".join(said or lines)[:_LONGEST_TEXT]


def target(database: str) -> str:
    """Return the argument that names a database, with what makes a dead connection end."""
    quoted = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"--dbname=dbname='{quoted}' {_KEEPALIVES}"
