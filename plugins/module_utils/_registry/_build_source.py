# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is built from: a directory, which commit it is, and the archive that a builder gets. Private.

What C(.dockerignore) says is read by the Docker SDK: U(https://docs.docker.com/build/concepts/context/).
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images

DIRTY = "-dirty"
"""What the tag of an image ends with that no commit describes."""

_NAMED = 3
_GIT_SECONDS = 60


class Revision(t.NamedTuple):
    """What git knows of a directory.

    :ivar commit: 40 or 64 hexadecimal digits; empty where the directory is in no repository.
    :ivar changed: paths of the directory that are not as in the commit.
    """

    commit: str
    changed: tuple[str, ...] = ()


class Tag(t.NamedTuple):
    """What an image is to be called.

    :ivar is_commit: whether it says all about the source, so that an image that has it needs no second building.
    """

    name: str
    is_commit: bool


def need(context: str, dockerfile: str) -> pathlib.Path:
    """Return the directory to build from.

    :raises OperationsError: where it, or the Dockerfile in it, is not there.
    """
    folder = pathlib.Path(context)
    if not folder.is_dir():
        raise OperationsError(
            f"There is no directory {context} to build from",
            code="BuildContextMissing",
            remedy="Correct registry_build_context (context).",
        )
    file = folder / dockerfile
    if not file.is_file():
        raise OperationsError(
            f"There is no {dockerfile} in {context}",
            code="DockerfileMissing",
            remedy="Write one there, or name the one that is meant with registry_build_dockerfile (dockerfile).",
        )
    if not file.resolve().is_relative_to(folder.resolve()):
        raise OperationsError(
            f"{dockerfile} is outside of {context}",
            code="DockerfileMissing",
            remedy="A builder gets the directory only: keep the Dockerfile in registry_build_context (context).",
        )
    return folder


def revision(folder: pathlib.Path) -> Revision:
    """Return which commit a directory is, and what of it differs from that. Writes nothing, not even git's index."""
    if not (commit := _git(folder, "rev-parse", "--verify", "HEAD")):
        return Revision("")
    status = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal", "--", ".")
    return Revision(commit.strip(), tuple(entry[3:] for entry in (status or "").split("\0") if entry))


def tag(found: Revision, named: str, context: str, *, allow_dirty: bool) -> Tag:
    """Return the tag of an image that is built now.

    :param named: what the operator calls it; empty for the commit.
    :raises OperationsError: where nothing names it, or the source is in no commit and that is not allowed.
    """
    if not named and not found.commit:
        raise OperationsError(
            f"{context} is no commit of a git repository, so nothing says what its image is called",
            code="BuildTagMissing",
            remedy="Commit it, or name the tag with registry_build_tag (tag).",
        )
    if found.changed and not allow_dirty:
        paths = ", ".join(found.changed[:_NAMED])
        more = f" and {len(found.changed) - _NAMED} more" if len(found.changed) > _NAMED else ""
        raise OperationsError(
            f"{context} is not as committed: {paths}{more}",
            code="SourceNotCommitted",
            remedy="Commit or remove that, or build it as it is with -e registry_build_allow_dirty=true"
            f" (allow_dirty), tagged {DIRTY}.",
        )
    name = f"{named or found.commit}{DIRTY if found.changed else ''}"
    if problem := _images.problem_with_tag(name):
        raise OperationsError(f"The tag {problem}", code="BuildTagInvalid", remedy="Shorten registry_build_tag (tag).")
    return Tag(name, is_commit=name == found.commit)


def pack(folder: pathlib.Path, dockerfile: str, *, compressed: bool) -> t.IO[bytes]:
    """Return an archive (tar) of a directory without what its C(.dockerignore) names; it is gone when closed.

    :param compressed: with gzip; what goes over a socket of this machine only takes longer with it.
    :raises OperationsError: where a file cannot be read.
    """
    exclude = load("docker.utils.build", "exclude_paths", distribution="docker")
    create = load("docker.utils.build", "create_archive", distribution="docker")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - who asked for it closes it
    try:
        paths = sorted(exclude(str(folder), _ignored(folder), dockerfile=dockerfile))
        create(str(folder), paths, file, gzip=compressed)
    except OSError as exc:
        file.close()
        raise OperationsError(
            f"{folder} cannot be packed: {exc}", code="BuildContextUnreadable", remedy="Let this user read it."
        ) from exc
    except BaseException:
        file.close()
        raise
    return file


def _ignored(folder: pathlib.Path) -> list[str]:
    """Return the patterns of C(.dockerignore)."""
    try:
        text = (folder / ".dockerignore").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _git(folder: pathlib.Path, *arguments: str) -> str | None:
    """Return what git says, or None where the directory is in no repository or has no commit.

    :raises OperationsError: where git will not look at it.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
        )
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise OperationsError(f"git cannot look at {folder}: {exc}", code="GitFailed") from exc
    if done.returncode == 0:
        return done.stdout.decode(errors="replace")
    said = " ".join(done.stderr.decode(errors="replace").split())
    if "not a git repository" in said or "Needed a single revision" in said:
        return None
    raise OperationsError(
        f"git cannot look at {folder}: {said}",
        code="GitFailed",
        remedy="Mend that, or name the tag with registry_build_tag (tag) where the directory is in no repository.",
    )
