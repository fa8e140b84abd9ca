# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a site is built: a copy of its sources, with what is installed for it. Private to this collection.

The project's own directory is left as it is: two stacks may be built from it with different addresses, and what a
developer has installed there is not what is locked.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _command, _export
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._command import Node
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import Project, file_digest

_INSTALLED = "node_modules"
_KEPT = frozenset({_INSTALLED, ".next"})
_CACHE = pathlib.PurePath(".next", "cache")
_STAMP = ".codex-installed"
_STALE = ("EUSAGE", "can only install packages when your package.json", "in sync")
_OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT")


class Workshop:
    """The folder in which one site is built.

    :param environment: of the build, by variable; it becomes part of the pages.
    """

    def __init__(
        self, ctx: Context, folder: pathlib.Path, project: Project, node: Node, environment: t.Mapping[str, str]
    ) -> None:
        self._ctx, self._folder, self._project, self._node = ctx, folder, project, node
        self._environment = _command.environment(node, environment)
        self._deadline = time.monotonic() + ctx.timeout

    def build(self, output: str | None) -> pathlib.Path:
        """Build, and return the folder that holds the site.

        :param output: its name, where the operator has named it.
        :raises OperationsError: with the last lines of what has failed.
        """
        sources = self._project.files()
        self._copy(sources)
        self._install()
        ended = self._run("npm run build", [self._node.npm, "run", "build"])
        if ended.code:
            _export.refuse_hybrid(self._folder, sources)
            raise OperationsError(
                f"npm run build has failed with exit code {ended.code}; it said last:\n{ended.text}",
                code="BuildFailed",
                remedy=f"Mend it in {self._project.folder}; what is served is untouched.",
                details={"lines": ended.lines},
            )
        return _export.find(self._folder, sources, output)

    def _copy(self, sources: t.Sequence[str]) -> None:
        """Have the sources, and nothing else but what is installed and cached, in the folder."""
        _operator.make_private(self._folder)
        for one in self._folder.iterdir():
            if one.name in _KEPT:
                continue
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            else:
                one.unlink()
        made = self._folder / ".next"
        for one in made.iterdir() if made.is_dir() else ():
            if one != self._folder / _CACHE:
                shutil.rmtree(one) if one.is_dir() else one.unlink()
        for path in sources:
            copy = self._folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self._project.folder / path, copy)

    def _install(self) -> None:
        """Install what is locked, unless just that is installed already."""
        stamp = self._folder / _INSTALLED / _STAMP
        wanted = self._locked()
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return
        stamp.unlink(missing_ok=True)
        ended = self._run("npm ci", [self._node.npm, "ci", "--no-audit", "--no-fund"])
        if ended.code:
            raise _not_installed(self._project, ended)
        stamp.parent.mkdir(exist_ok=True)  # a project without dependencies
        stamp.write_text(wanted, encoding="utf-8")

    def _locked(self) -> str:
        """Return what tells one installation from another."""
        files = [self._project.lock, self._project.folder / "package.json", self._project.folder / ".npmrc"]
        parts = [self._node.version, *(file_digest(one) for one in files if one.is_file())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _run(self, doing: str, command: t.Sequence[str]) -> _command.Ended:
        left = self._deadline - time.monotonic()
        return _command.run(self._ctx, command, doing, cwd=self._folder, env=self._environment, timeout=left)


def is_stale(text: str) -> bool:
    """Return whether npm has said that lock and package.json do not fit together."""
    return any(one in text for one in _STALE)


def is_offline(text: str) -> bool:
    """Return whether npm has not reached its registry."""
    return any(one in text for one in _OFFLINE)


def _not_installed(project: Project, ended: _command.Ended) -> OperationsError:
    if is_stale(ended.text):
        return OperationsError(
            f"{project.lock} does not fit package.json any more; npm ci said last:\n{ended.text}",
            code="LockStale",
            remedy="Run npm install there, and commit package-lock.json.",
            details={"lines": ended.lines},
        )
    remedy = "What it says is the reason."
    if is_offline(ended.text):
        remedy = "npm does not reach its registry: check the network, the proxy and .npmrc."
    return OperationsError(
        f"npm ci has failed with exit code {ended.code}; it said last:\n{ended.text}",
        code="InstallFailed",
        remedy=remedy,
        details={"lines": ended.lines},
    )
