# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups and their files are called: C(<prefix>-<UTC time>). Pure; private to this collection."""

from __future__ import annotations

import datetime
import re
import typing as t

_PREFIX = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(rf"(?P<prefix>{_PREFIX.pattern})-(?P<time>[0-9]{{8}}T[0-9]{{6}}Z)")

PARTIAL = ".partial"
"""What the files of a backup end with that is not complete."""


class Name(t.NamedTuple):
    """A backup's name: whose it is, and when its state was taken."""

    prefix: str
    moment: datetime.datetime

    def __str__(self) -> str:
        return f"{self.prefix}-{self.moment.astimezone(datetime.UTC):{_TIME}}"

    @property
    def dump(self) -> str:
        """The file with the data."""
        return f"{self}.dump"

    @property
    def manifest(self) -> str:
        """The file that says what the data are; it is written last."""
        return f"{self}.json"


def parse(text: str) -> Name | None:
    """Return the name that a text stands for, or None when no backup of ours is called so."""
    match = _NAME.fullmatch(text)
    if not match:
        return None
    try:
        moment = datetime.datetime.strptime(match["time"], _TIME).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None
    return Name(match["prefix"], moment)


def of_file(file: str) -> Name | None:
    """Return the backup that a file belongs to, complete or not; None for every other file."""
    whole = file.removesuffix(PARTIAL)
    for suffix in (".dump", ".json"):
        if whole.endswith(suffix):
            return parse(whole.removesuffix(suffix))
    return None


def problem_with_prefix(value: str) -> str | None:
    """Return what is wrong with a prefix, or None."""
    if not _PREFIX.fullmatch(value):
        return f"{value!r} is not valid: 1 to 63 letters, digits, and hyphens inside"
    if parse(value) is not None:
        return f"{value!r} is not valid: it ends like the name of a backup"
    return None


def problem_with_name(value: str) -> str | None:
    """Return what is wrong with the name of a backup, or None; C(latest) is one."""
    if value == "latest" or parse(value) is not None:
        return None
    return f"{value!r} is not the name of a backup, such as codex-20261123T030000Z, nor latest"
