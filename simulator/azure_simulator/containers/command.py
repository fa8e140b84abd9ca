"""What to execute for a container: its command line, environment and working folder, said in the host's paths.

There is no chroot, so absolute paths of the image that stand in the command line are replaced by where they are on the
host. A path a program opens by itself is the host's: that is the limit of this engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from azure_simulator.containers.image import ImageConfig
from azure_simulator.containers.rootfs import locate

_HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Variables that are lists of folders: of no use unless they name the folders as they are on the host.
_FOLDER_LISTS = frozenset({"PATH", "PYTHONPATH", "LD_LIBRARY_PATH"})
# An absolute path at the start of an argument or of a word in it, as in `sh -c "cat /s/key"` or `--config=/etc/x`.
_PATH_IN_ARGUMENT = re.compile(r"(?:^|(?<=[\s=:,;'\"<>|&()]))/[\w.+@%/-]+")


class CommandError(ValueError):
    """The container has nothing to run."""


@dataclass(frozen=True)
class Command:
    """Ready to execute."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    working_directory: Path


def build(
    config: ImageConfig, command: Sequence[str], environment: Iterable[tuple[str, str]], root: Path, programs: Path
) -> Command:
    """The command of a container whose file system is `root` and whose Python is in `programs`.

    `command` is the group's: it replaces entry point and arguments together, as in ACI. `environment` is the group's,
    secure values included; it wins over the image's. Raises CommandError.
    """
    words = tuple(command) or config.entrypoint + config.command
    if not words:
        raise CommandError("no command specified: the image has neither entry point nor command, the container none")
    return Command(
        argv=on_host(words, root),
        environment=_environment(config, environment, root, programs),
        working_directory=locate(root, config.working_directory) or root,
    )


def on_host(words: Sequence[str], root: Path) -> tuple[str, ...]:
    """A command line with the image's paths replaced by the host's. Programs the image lacks stay the host's."""
    return tuple(_PATH_IN_ARGUMENT.sub(lambda match: _map_path(match[0], root), word) for word in words)


def _map_path(path: str, root: Path) -> str:
    if (found := locate(root, path)) is not None:
        return str(found)
    # A file that is yet to be written belongs to the container if its folder does.
    folder = path.rpartition("/")[0]
    if folder and (parent := locate(root, folder)) is not None and parent.is_dir():
        return str(parent / path.rpartition("/")[2])
    return path


def _environment(
    config: ImageConfig, environment: Iterable[tuple[str, str]], root: Path, programs: Path
) -> dict[str, str]:
    values = {"PATH": _HOST_PATH, "HOME": "/root", **dict(config.environment), **dict(environment)}
    for name in _FOLDER_LISTS & values.keys():
        folders = values[name].split(":")
        values[name] = ":".join(str(locate(root, folder) or folder) for folder in folders)
    # First, so that `python` is the one the simulator provides whatever the image brings.
    values["PATH"] = f"{programs}:{values['PATH']}"
    # Never the home folder of whoever runs the simulator, with its credentials and configuration.
    values["HOME"] = str(root / values["HOME"].lstrip("/"))
    return values
