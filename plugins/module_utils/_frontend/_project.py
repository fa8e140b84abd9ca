# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project of a frontend: what it asks for, its sources, and a digest of them. Private to this collection."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import stat
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_OTHER_LOCKS = {"yarn.lock": "Yarn", "pnpm-lock.yaml": "pnpm", "bun.lock": "Bun", "bun.lockb": "Bun"}
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_MADE = frozenset({".git", ".next", ".turbo", ".vercel", "node_modules"})
"""Folders, wherever they are, that hold nothing anybody has written."""
_EXPORTS = ("out", "dist", "build")
"""Folders at the top that hold an earlier build, if there is a page in them."""
CHUNK = 1 << 20


class Project:
    """A project as its C(package.json) describes it.

    :param folder: the directory that holds it.
    :param output: where its build leaves the site, if that is named.
    :raises OperationsError: C(ProjectUnusable), when there is none.
    """

    def __init__(self, folder: pathlib.Path, output: str | None = None) -> None:
        self.folder, self._output = folder, output
        if not folder.is_dir():
            raise _unusable(f"The frontend's project {folder} does not exist", "Set frontend_project to its directory.")
        manifest = _json(folder / "package.json")
        if manifest is None:
            raise _unusable(
                f"{folder} holds no package.json, so it is no project of Node",
                "Set frontend_project to the directory that holds it.",
            )
        self._manifest = manifest

    @property
    def engines(self) -> str | None:
        """The range of Node's versions that it asks for."""
        engines = self._manifest.get("engines")
        wanted = engines.get("node") if isinstance(engines, dict) else None
        return str(wanted) if wanted else None

    @property
    def lock(self) -> pathlib.Path:
        """The file with the locked versions; which of two goes first is npm's own rule.

        :raises OperationsError: C(LockMissing).
        """
        found = next((self.folder / name for name in LOCKS if (self.folder / name).is_file()), None)
        if found is None:
            other = next((tool for name, tool in _OTHER_LOCKS.items() if (self.folder / name).is_file()), "")
            raise OperationsError(
                f"{self.folder} holds no package-lock.json"
                + (f", only the lock of {other}, which npm does not read" if other else ""),
                code="LockMissing",
                remedy="Run npm install there once, and commit its package-lock.json: what is built is what is locked.",
            )
        return found

    def require_build(self) -> None:
        """Refuse what cannot be built.

        :raises OperationsError: C(ProjectUnusable), C(LockMissing) or C(LockStale).
        """
        scripts = self._manifest.get("scripts")
        if not isinstance(scripts, dict) or not scripts.get("build"):
            raise _unusable(
                f"{self.folder}/package.json has no script build", 'Add one there, for example "build": "next build".'
            )
        lock = self.lock
        content = _json(lock) or {}
        packages = content.get("packages")
        if not isinstance(packages, dict):
            raise OperationsError(
                f"{lock} is of a version of npm that is too old",
                code="LockStale",
                remedy="Run npm install there with npm 7 or newer, and commit it.",
            )
        if stale := sorted(_differing(self._manifest, packages.get("") or {})):
            raise OperationsError(
                f"{lock} does not fit package.json any more: {', '.join(stale)}",
                code="LockStale",
                remedy="Run npm install there, and commit package-lock.json.",
            )
        outside = sorted(path for path, one in packages.items() if path.startswith("..") and isinstance(one, dict))
        if outside:
            raise _unusable(
                f"{self.folder} takes what is outside of it: {', '.join(outside)}",
                "Set frontend_project to a directory that holds all of it, or publish what is outside as a package.",
            )

    def files(self) -> list[str]:
        """Return the paths of its sources, sorted, with C(/): not what a build or an installation has made.

        :raises OperationsError: C(ProjectUnusable) for what cannot be copied.
        """
        made = {self._output.strip("/").split("/")[0]} if self._output else set()
        made |= {name for name in _EXPORTS if (self.folder / name / "index.html").is_file()}
        found = []
        for place, folders, names in os.walk(self.folder):
            here = pathlib.Path(place)
            at_top = here == self.folder
            folders[:] = sorted(one for one in folders if one not in _MADE and not (at_top and one in made))
            for link in (here / one for one in folders if (here / one).is_symlink()):
                raise _unusable(
                    f"{link} is a symbolic link to a directory, which is not followed",
                    "Put the files themselves there.",
                )
            found += [str((here / name).relative_to(self.folder)) for name in names if _is_file(here / name)]
        return sorted(path.replace(os.sep, "/") for path in found)

    def digest(self, environment: t.Mapping[str, str]) -> str:
        """Return what tells these sources, built with this environment, from others: 64 hexadecimal digits."""
        found = hashlib.sha256()
        for name in sorted(environment):
            found.update(f"{name}={environment[name]}\0".encode())
        for path in self.files():
            mode = "x" if (self.folder / path).stat().st_mode & stat.S_IXUSR else "-"
            found.update(f"{path}\0{mode}{file_digest(self.folder / path)}\0".encode())
        return found.hexdigest()


def file_digest(path: pathlib.Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _differing(manifest: t.Mapping[str, t.Any], locked: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for kind in _DEPENDENCIES:
        wanted, there = manifest.get(kind) or {}, locked.get(kind) or {}
        yield from (
            f"{name} is {there.get(name) or 'not there'} instead of {wanted.get(name) or 'removed'}"
            for name in {*wanted, *there}
            if wanted.get(name) != there.get(name)
        )


def _is_file(path: pathlib.Path) -> bool:
    if path.is_file():
        return True
    if path.is_symlink():
        raise _unusable(f"{path} is a symbolic link that leads nowhere", "Remove it, or what it leads to is missing.")
    return False


def _json(path: pathlib.Path) -> dict[str, t.Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise _unusable(f"{path} cannot be read: {exc}", "Correct it, or take it from the last good commit.") from exc
    if not isinstance(content, dict):
        raise _unusable(f"{path} holds no JSON object", "Take it from the last good commit.")
    return content


def _unusable(message: str, remedy: str) -> OperationsError:
    return OperationsError(message, code="ProjectUnusable", remedy=remedy)
