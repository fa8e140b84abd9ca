# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node's programs: found, run to their end, and what they said last. Private to this collection.

They run code of many authors. So they are given of the operator's environment what programs need to work, and nothing
of the credentials that may be in it.
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _engines

LAST_LINES = 20
"""How many of the last lines a failure shows."""

_PASSED = frozenset(
    {
        "HOME",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "LANG",
        "LOGNAME",
        "NODE_EXTRA_CA_CERTS",
        "NODE_OPTIONS",
        "NO_PROXY",
        "PATH",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    }
)
_PASSED_PREFIXES = ("LC_", "NPM_CONFIG_", "XDG_", "npm_config_")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LONGEST_LINE = 400
_SECONDS_TO_ANSWER = 30


class Node(t.NamedTuple):
    """An installed Node.

    :param version: such as C(20.11.1).
    """

    path: str
    npm: str
    version: str


class Ended(t.NamedTuple):
    """A program that has ended, and the last lines it wrote."""

    code: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def find_node(directory: str | None, wanted: str | None = None) -> Node:
    """Return the Node to build with.

    :param directory: where it is; the PATH is searched if this is not set.
    :param wanted: the range of versions that the project's C(engines) names.
    :raises OperationsError: C(NodeMissing) or C(NodeUnsuitable).
    """
    where = directory or os.environ.get("PATH")
    place = directory or "the directories of PATH"
    node, npm = shutil.which("node", path=where), shutil.which("npm", path=where)
    if node is None or npm is None:
        raise OperationsError(
            f"There is no program {'node' if node is None else 'npm'} in {place}",
            code="NodeMissing",
            remedy="Install Node.js with npm, or set frontend_node_directory to the directory that holds both.",
        )
    version = _version(node)
    if wanted:
        try:
            suits = _engines.satisfies(_engines.parse(version), wanted)
        except ValueError as exc:
            raise OperationsError(
                f"The project's package.json asks for a Node that cannot be understood: {exc}",
                code="NodeUnsuitable",
                remedy='Correct engines.node there, for example to ">=20.9.0".',
            ) from exc
        if not suits:
            raise OperationsError(
                f"{node} is Node {version}, and the project's package.json asks for {wanted}",
                code="NodeUnsuitable",
                remedy=f"Install a Node {wanted}, and set frontend_node_directory to it; or change engines.node there.",
            )
    return Node(node, npm, version)


def _version(node: str) -> str:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=_SECONDS_TO_ANSWER, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as exc:
        raise OperationsError(
            f"{node} does not run: {exc}", code="NodeMissing", remedy="Install Node.js again."
        ) from exc
    return said.removeprefix("v")


def environment(node: Node, more: t.Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: what programs need, Node first on the PATH, and what is added."""
    kept = {name: value for name, value in os.environ.items() if name in _PASSED or name.startswith(_PASSED_PREFIXES)}
    folder = str(pathlib.Path(node.path).parent)
    path = os.pathsep.join([folder, kept.get("PATH") or os.defpath])
    ours = {"PATH": path, "NO_COLOR": "1", "NEXT_TELEMETRY_DISABLED": "1", "npm_config_update_notifier": "false"}
    return {**kept, **ours, **more}


def run(
    ctx: Context,
    command: t.Sequence[str],
    doing: str,
    *,
    cwd: pathlib.Path,
    env: t.Mapping[str, str],
    timeout: float,
    hide: t.Sequence[str] = (),
) -> Ended:
    """Run a program to its end, and say meanwhile what it says.

    :param doing: for messages, such as C(npm ci).
    :param timeout: after how many seconds it is killed, with all it has started.
    :param hide: secrets that are in no line that is returned or shown.
    :raises OperationsError: C(Timeout), or C(ProgramMissing) when it cannot be started.
    """
    last: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
    try:
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as exc:
        raise OperationsError(
            f"{doing} failed: {command[0]} cannot be started: {exc.strerror}", code="ProgramMissing"
        ) from exc
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _kill(process.pid)

    watch = threading.Timer(max(timeout, 0.1), expire)
    watch.daemon = True
    watch.start()
    try:
        for line in t.cast("t.IO[str]", process.stdout):
            if shown := _shown(line, hide):
                last.append(shown)
                ctx.report(f"{doing}: {shown}")
        code = process.wait()
    finally:
        watch.cancel()
        _kill(process.pid)
        process.wait()
        t.cast("t.IO[str]", process.stdout).close()
    if expired.is_set():
        raise OperationsError(
            f"{doing} has not ended in {timeout:.0f} s; it said last: {last[-1] if last else 'nothing'}",
            code="Timeout",
            remedy="Set frontend_timeout to more seconds, or look for what it waits for.",
            details={"lines": list(last)},
        )
    return Ended(code, list(last))


def _shown(line: str, hide: t.Sequence[str]) -> str:
    text = _COLOUR.sub("", line).strip()
    for secret in hide:
        text = text.replace(secret, "********")
    return text[:_LONGEST_LINE]


def _kill(pid: int) -> None:
    """Kill a process with all that came of it: what npm starts does not end with npm.

    They stay in the group of their task, with which they end when the run is killed.
    """
    for one in (*_descendants(pid), pid):
        try:
            os.kill(one, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = collections.defaultdict(list)
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        children[int(words[1])].append(int(path.parent.name))
    found, left = [], [pid]
    while left:
        for child in children.get(left.pop(), []):
            found.append(child)
            left.append(child)
    return found
