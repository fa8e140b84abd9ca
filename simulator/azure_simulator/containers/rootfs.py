"""A container's own file system: the image's layers put together, plus its volumes, in one folder."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from azure_simulator.containers.layers import Layer, is_shared, remove_tree


class MountError(ValueError):
    """A volume cannot be mounted where the group wants it."""


def assemble(layers: Iterable[Layer], mounts: Mapping[str, Path], root: Path) -> None:
    """Make `root` the container's file system; what was there is replaced. Blocking.

    Sources and libraries, which nothing writes in place, are hard links into the layer store, so that a start costs
    milliseconds and no disk; every other file is a copy and the container may change it. `mounts` maps mount paths to
    folders, which appear as links. Raises MountError.
    """
    if root.exists():
        remove_tree(root)
    root.mkdir(parents=True)
    for layer in layers:
        for path in layer.opaque:
            _empty(root / path)
        for path in layer.whiteouts:
            _remove(root / path)
        _overlay(layer.tree, root)
    for mount_path, folder in sorted(mounts.items()):
        _mount(root, mount_path, folder)


def locate(root: Path, path: str) -> Path | None:
    """Where an absolute path of the container is, or None if the container has no such file."""
    if not path.startswith("/"):
        return None
    # normpath of an absolute path cannot climb above "/", just as ".." of a container's root is its root.
    candidate = root / posixpath.normpath(path).lstrip("/")
    return candidate if candidate.exists() else None


def _overlay(source: Path, target: Path) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            path = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                if path.is_symlink() or (path.exists() and not path.is_dir()):
                    path.unlink()
                path.mkdir(exist_ok=True)
                _overlay(Path(entry.path), path)
                continue
            if path.is_symlink() or path.exists():
                _remove(path)
            if entry.is_symlink():
                path.symlink_to(os.readlink(entry.path))  # noqa: PTH115 - scandir already has the path as text
            elif is_shared(path):
                os.link(entry.path, path)
            else:
                shutil.copy2(entry.path, path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        for path in folder.iterdir():
            _remove(path)


def _mount(root: Path, mount_path: str, folder: Path) -> None:
    relative = posixpath.normpath(mount_path).lstrip("/")
    if not mount_path.startswith("/") or not relative:
        raise MountError(f"mount path {mount_path!r} is not an absolute path below '/'")
    path = root / relative
    parent = path.parent
    parent.mkdir(parents=True, exist_ok=True)
    if not os.path.realpath(parent).startswith(os.path.realpath(root)):
        raise MountError(f"mount path {mount_path!r} lies behind a link of the image")
    if path.is_symlink() or path.exists():
        _remove(path)
    path.symlink_to(folder, target_is_directory=True)
