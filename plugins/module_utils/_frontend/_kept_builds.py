# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds of a site as they are kept in a directory, for the way back. Private to this collection.

A build is a folder C(<site>-<UTC time>) with the site as it is uploaded, and beside it C(<name>.json), written last: a
folder without it is what a killed run has left, and no build.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import fcntl
import json
import os
import pathlib
import shutil
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator, _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _dump_names
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _export
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._page import Marker

PRODUCTION = "production"
_PARTIAL = ".partial"


@dataclasses.dataclass(frozen=True)
class Build:
    """What is known of a kept build.

    :param environment: the one it was built for.
    :param sources: the digest of its sources and of the environment they were built with.
    :param content: the digest of its files.
    :param addresses: the addresses that were written into its pages.
    :param commit: of its sources in git; empty where there is none.
    """

    name: str
    environment: str
    created: str
    sources: str
    content: str
    files: int
    size_bytes: int
    addresses: tuple[str, ...] = ()
    node: str = ""
    commit: str = ""

    @property
    def marker(self) -> Marker:
        """What the site itself says of it."""
        return Marker(self.name, self.sources, self.content, self.addresses)


class KeptBuilds:
    """The builds of one site.

    :param folder: created, for this user only, when the first build is kept.
    :param site: the name of the Static Web App.
    """

    def __init__(self, folder: pathlib.Path, site: str) -> None:
        self.folder, self._site = folder, site

    def all(self, environment: str) -> list[Build]:
        """Return the builds for an environment, the newest first."""
        found = []
        with self._errors("read"):
            for path in self.folder.glob("*.json"):
                name = _dump_names.parse(path.stem)
                if name is None or name.prefix != self._site or not (self.folder / path.stem).is_dir():
                    continue
                build = _parse(path)
                if build is not None and build.environment == environment:
                    found.append(build)
        return sorted(found, key=lambda one: one.name, reverse=True)

    def find(self, environment: str, name: str) -> Build:
        """Return a build by its name.

        :raises OperationsError: C(BuildUnknown), with those there are.
        """
        builds = self.all(environment)
        for one in builds:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in builds[:5])
        raise OperationsError(
            f"There is no build {name} of {environment} in {self.folder}",
            code="BuildUnknown",
            remedy=f"Name one of these: {known}." if known else "Deploy once with deploy_frontend.yml: it keeps each.",
        )

    def path(self, build: Build) -> pathlib.Path:
        """Return the folder with the site."""
        return self.folder / build.name

    def content(self, build: Build) -> _export.Content:
        """Return what is in a kept build.

        :raises OperationsError: C(BuildDamaged), when that is not what was kept.
        """
        with self._errors("read"):
            content = _export.read(self.path(build))
        if content.digest != build.content:
            raise OperationsError(
                f"The build {build.name} in {self.folder} is not any more what was kept there",
                code="BuildDamaged",
                remedy="Choose another one, or build again: deploy_frontend.yml -e frontend_build=always.",
            )
        return content

    @contextlib.contextmanager
    def exclusive(self) -> t.Iterator[None]:
        """Keep other runs away, and remove what killed ones have left.

        :raises OperationsError: C(BuildRunning) when another run is at it.
        """
        with self._errors("written"):
            _operator.make_private(self.folder)
            descriptor = _safe_files.open_file(self.folder / f".{self._site}.lock", os.O_RDWR | os.O_CREAT)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise OperationsError(
                    f"Another run builds {self._site} in {self.folder}",
                    code="BuildRunning",
                    remedy="Wait until it has ended, then run again.",
                ) from exc
            self._clean()
            yield
        finally:
            os.close(descriptor)

    @property
    def workshop(self) -> pathlib.Path:
        """The folder in which is built; what has been installed in it stays for the next build."""
        return self.folder / f".{self._site}.work"

    def keep(self, site: pathlib.Path, build: Build) -> None:
        """Keep a build; until its last step it is not there, however the run ends.

        :param site: the folder that a build has left.
        """
        partial, final = self.folder / f"{build.name}{_PARTIAL}", self.folder / build.name
        with self._errors("written"):
            shutil.copytree(site, partial)
            (partial / _export.MARKER).write_bytes(build.marker.to_bytes())
            partial.rename(final)
            text = json.dumps(dataclasses.asdict(build), indent=2) + "\n"
            with _safe_files.opened(self.folder) as folder:
                folder.create(f"{build.name}.json", text.encode(), f".{build.name}.json{_PARTIAL}")

    def remove(self, build: Build) -> None:
        """Remove a build; one that is half gone is none."""
        with self._errors("changed"):
            (self.folder / f"{build.name}.json").unlink(missing_ok=True)
            shutil.rmtree(self.folder / build.name, ignore_errors=True)

    def free_name(self) -> str:
        """Return a name that no build has: the site and the time, in UTC, to the second."""
        moment = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        while True:
            name = str(_dump_names.Name(self._site, moment))
            if not (self.folder / f"{name}.json").exists() and not (self.folder / name).exists():
                return name
            moment += datetime.timedelta(seconds=1)

    def _clean(self) -> None:
        with self._errors("cleaned"):
            for path in self.folder.glob(f"{self._site}-*"):
                name = _dump_names.parse(path.name.removesuffix(_PARTIAL))
                if not path.is_dir() or name is None or name.prefix != self._site:
                    continue
                if path.name.endswith(_PARTIAL) or not (self.folder / f"{path.name}.json").is_file():
                    shutil.rmtree(path)

    def _errors(self, done: str) -> contextlib.AbstractContextManager[None]:
        return _safe_files.explained(
            self.folder,
            done,
            full="Make room there, keep fewer builds (frontend_keep_builds), or choose another directory "
            "(frontend_builds_directory).",
            unusable="Set frontend_builds_directory to one in which this user may read and write.",
        )


def default_folder() -> pathlib.Path:
    """Return where builds are kept if nobody says where."""
    return _operator.state_folder() / "frontend"


def previous(builds: t.Sequence[Build], serving: Marker | None) -> Build | None:
    """Return the build before the one that is served: the newest one that is not it, and did not come after it.

    :param builds: the newest first.
    :param serving: None where what is served is no build of ours; the newest one goes before that.
    """
    for one in builds:
        if serving is None or (one.name < serving.release and one.content != serving.content):
            return one
    return None


def superfluous(builds: t.Sequence[Build], keep: int, serving: str) -> list[Build]:
    """Return the builds that may go: all but the newest ones and the one that is served.

    :param builds: the newest first.
    """
    return [one for one in builds[keep:] if one.name != serving]


def _parse(path: pathlib.Path) -> Build | None:
    try:
        content = json.loads(_safe_files.read(path))
        content["addresses"] = tuple(content.get("addresses", ()))
        build = Build(**content)
    except (ValueError, TypeError, AttributeError):
        return None
    return build if build.name == path.stem else None
