"""Unpacked image layers, kept by digest: an image that was started once starts again without unpacking anything."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
# First line of a script (`uvicorn`, `gunicorn`) that names the image's own Python by a path the host does not have, or
# has for something else: without a chroot it must be the Python of the container, which is the first in its PATH.
_PYTHON_SCRIPT = re.compile(rb"\A#!\s*/\S*/(?:env\s+)?python[\d.]*\s*\n")
_LONGEST_FIRST_LINE = 256
# Nothing writes these in place, so that containers may share one inode of them (see rootfs.py).
_SHARED_SUFFIXES = (".py", ".pyc", ".pyi", ".so")


class LayerError(ValueError):
    """A layer that cannot be unpacked: not a tar archive, wrong digest, or an entry that leaves the root."""


@dataclass(frozen=True)
class Layer:
    """One unpacked layer. `whiteouts` and `opaque` are paths relative to the root, as lower layers name them."""

    digest: str
    tree: Path
    whiteouts: tuple[str, ...]
    opaque: tuple[str, ...]


class LayerStore:
    """A folder of unpacked layers, one per digest. Blocking: call `unpack` in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".unpacking-*"):
            remove_tree(leftover)

    def get(self, digest: str) -> Layer | None:
        """The layer if it is unpacked already."""
        folder = self._folder / digest.replace(":", "-")
        try:
            notes = json.loads((folder / "notes.json").read_text())
        except FileNotFoundError:
            return None
        return Layer(digest, folder / "tree", tuple(notes["whiteouts"]), tuple(notes["opaque"]))

    def unpack(self, digest: str, blob: BinaryIO) -> Layer:
        """Unpack a (possibly gzipped) tar archive, unless it has been already.

        Raises LayerError. The layer appears in one step, so a killed simulator leaves no half layer behind.
        """
        if (layer := self.get(digest)) is not None:
            return layer
        staging = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=self._folder))
        try:
            tree = staging / "tree"
            tree.mkdir()
            unpacker = _Unpacker(tree)
            unpacker.unpack(_Hashing(blob), digest)
            notes = {"whiteouts": sorted(unpacker.whiteouts), "opaque": sorted(unpacker.opaque)}
            (staging / "notes.json").write_text(json.dumps(notes))
            try:
                staging.rename(self._folder / digest.replace(":", "-"))
            except OSError:
                # Another thread unpacked the same layer first; its copy is as good.
                if self.get(digest) is None:
                    raise
        finally:
            if staging.exists():
                remove_tree(staging)
        unpacked = self.get(digest)
        if unpacked is None:
            raise LayerError(f"layer {digest} vanished while it was unpacked")
        return unpacked


class _Hashing:
    """A readable that computes the digest of what passes through."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._sha256.update(data)
        return data

    def digest(self) -> str:
        """Digest of the whole source; reads what is left of it."""
        while self.read(1 << 20):
            pass
        return f"sha256:{self._sha256.hexdigest()}"


class _Unpacker:
    """Writes one archive under `tree` and notes what it deletes from lower layers."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._root = os.path.realpath(tree)
        self.whiteouts: set[str] = set()
        self.opaque: set[str] = set()

    def unpack(self, source: _Hashing, digest: str) -> None:
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", source), mode="r|*") as archive:
                for member in archive:
                    self._entry(archive, member)
        except (tarfile.TarError, EOFError) as error:
            raise LayerError(f"layer {digest} is not a tar archive this engine reads (tar, gzip): {error}") from error
        if (actual := source.digest()) != digest:
            raise LayerError(f"layer {digest} has the digest {actual}")

    def _entry(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = _inside(member.name, member.name)
        if name == ".":
            return
        folder, base = posixpath.split(name)
        if base == _OPAQUE:
            self.opaque.add(folder or ".")
        elif base.startswith(_WHITEOUT):
            self.whiteouts.add(posixpath.join(folder, base.removeprefix(_WHITEOUT)))
        elif member.isdir():
            self._directory(name)
        elif member.isreg():
            self._file(archive, member, name)
        elif member.issym():
            self._symbolic_link(member, name)
        elif member.islnk():
            self._hard_link(member, name)
        # Devices, pipes: a process without privileges could not use them; containers get the host's /dev anyway.

    def _target(self, name: str) -> Path:
        """Where to write, its folder made and checked: a link in the archive must not lead the entry outside."""
        path = self._tree / name
        parent = os.path.realpath(path.parent)
        if parent != self._root and not parent.startswith(self._root + os.sep):
            raise LayerError(f"entry {name!r} leads outside the image through a link")
        Path(parent).mkdir(parents=True, exist_ok=True)
        return Path(parent) / path.name

    def _directory(self, name: str) -> None:
        path = self._target(name)
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            path.unlink()
        path.mkdir(exist_ok=True)

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> None:
        source = archive.extractfile(member)
        if source is None:
            raise LayerError(f"entry {name!r} has no content")
        path = self._fresh(name)
        with source, path.open("xb") as target:
            target.write(_PYTHON_SCRIPT.sub(b"#!/usr/bin/env python3\n", source.readline(_LONGEST_FIRST_LINE)))
            shutil.copyfileobj(source, target, 1 << 20)
        mode = (member.mode & 0o777) | 0o400
        if is_shared(path):
            mode &= ~0o222
        path.chmod(mode)
        os.utime(path, (member.mtime, member.mtime))

    def _symbolic_link(self, member: tarfile.TarInfo, name: str) -> None:
        folder = posixpath.dirname(name)
        if member.linkname.startswith("/"):
            # Without a chroot an absolute link would lead to the host; the same place, said relatively, does not.
            link = posixpath.relpath(_inside(member.linkname, name), folder or ".")
        else:
            _inside(posixpath.join(folder, member.linkname), name)
            link = member.linkname
        self._fresh(name).symlink_to(link)

    def _hard_link(self, member: tarfile.TarInfo, name: str) -> None:
        source = self._target(_inside(member.linkname, name))
        if source.is_symlink() or not source.is_file():
            raise LayerError(f"entry {name!r} is a hard link to {member.linkname!r}, which is no file of this layer")
        os.link(source, self._fresh(name))

    def _fresh(self, name: str) -> Path:
        """`_target` with whatever an earlier entry put there removed."""
        path = self._target(name)
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
        return path


def _inside(path: str, entry: str) -> str:
    """The path normalised and relative to the root; LayerError if it would leave it. Absolute paths start there."""
    relative = posixpath.normpath(path.lstrip("/") or ".")
    if relative == ".." or relative.startswith("../"):
        raise LayerError(f"entry {entry!r} leads outside the image ({path!r})")
    return relative


def is_shared(path: Path) -> bool:
    """Whether containers share this file's inode instead of having a copy each."""
    return path.name.endswith(_SHARED_SUFFIXES) or ".so." in path.name


def remove_tree(folder: Path) -> None:
    """Delete a folder even if the image, or what ran in it, made parts of it read-only."""
    try:
        shutil.rmtree(folder)
    except PermissionError:
        for parent, names, _ in os.walk(folder):
            Path(parent).chmod(0o700)
            for name in names:
                if not (path := Path(parent, name)).is_symlink():
                    path.chmod(0o700)
        shutil.rmtree(folder)
