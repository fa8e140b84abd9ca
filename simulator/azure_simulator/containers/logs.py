"""What a container wrote: a ring on disk of the last 4 MB, each line with its time.

Lines are kept in the form of the container runtime interface (`TIME F text`, `P` for a line without its end), in two
segments of which the older is dropped when the newer is full.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from azure_simulator.core.clock import isoformat

# Microsoft's limits: 4 MB while running; once stopped, 16 KB or 1000 lines, whichever is less.
RUNNING_BYTES = 4 * 1024 * 1024
STOPPED_BYTES, STOPPED_LINES = 16 * 1024, 1000
# A line that never ends is cut here, so that one program cannot make the simulator hold it all in memory.
_LONGEST_LINE = 16 * 1024
# Only this ends a line: a program that draws its progress writes carriage returns, which stay in it.
_LINE, _RECORD = re.compile(r"[^\n]*\n|[^\n]+"), re.compile(rb"[^\n]*\n|[^\n]+")


class RingLog:
    """Append bytes, read text. Not thread-safe; writes are small and go to the page cache."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._newer, self._older = folder / "log", folder / "log.older"
        self._now = now
        self._partial = b""
        self._file = self._newer.open("ab")

    def write(self, data: bytes) -> None:
        """Append output; a line is written when it ends, or by `flush`."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._append(line, b"F")
        while len(self._partial) > _LONGEST_LINE:
            self._append(self._partial[:_LONGEST_LINE], b"P")
            self._partial = self._partial[_LONGEST_LINE:]
        self._file.flush()

    def flush(self) -> None:
        """Write a line that has not ended yet."""
        if self._partial:
            self._append(self._partial, b"P")
            self._partial = b""
        self._file.flush()

    def read(self, *, tail: int | None = None, timestamps: bool = False) -> str:
        """The text, or its last `tail` lines, each after its time if asked for."""
        self.flush()
        text: list[str] = []
        at_line_start = True
        for time, complete, line in self._records():
            text.append(f"{time} {line}" if timestamps and at_line_start else line)
            if complete:
                text.append("\n")
            at_line_start = complete
        whole = "".join(text)
        if tail is None:
            return whole
        return "".join(_LINE.findall(whole)[-tail:]) if tail > 0 else ""

    def trim(self) -> None:
        """Keep what Azure keeps of a stopped container."""
        self.flush()
        records = list(self._raw())[-STOPPED_LINES:]
        size = 0
        for index in range(len(records) - 1, -1, -1):
            size += len(records[index])
            if size > STOPPED_BYTES:
                records = records[index + 1 :]
                break
        self.clear()
        self._file.write(b"".join(records))
        self._file.flush()

    def clear(self) -> None:
        """Forget everything."""
        self._partial = b""
        self._older.unlink(missing_ok=True)
        self._file.close()
        self._file = self._newer.open("wb")

    def close(self) -> None:
        """Write what there is and close the file; may be called again."""
        if not self._file.closed:
            self.flush()
            self._file.close()

    def _append(self, line: bytes, tag: bytes) -> None:
        self._file.write(b"%s %s %s\n" % (isoformat(self._now()).encode(), tag, line))
        if self._file.tell() > RUNNING_BYTES // 2:
            self._file.close()
            os.replace(self._newer, self._older)  # noqa: PTH105 - one atomic step, over what is there
            self._file = self._newer.open("wb")

    def _raw(self) -> Iterator[bytes]:
        for path in (self._older, self._newer):
            if path.exists():
                yield from _RECORD.findall(path.read_bytes())

    def _records(self) -> Iterator[tuple[str, bool, str]]:
        for record in self._raw():
            time, tag, line = record.removesuffix(b"\n").split(b" ", 2)
            yield time.decode(), tag == b"F", line.decode(errors="replace")
