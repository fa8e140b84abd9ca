# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scheduled run knows of its surroundings, and what it lacks of this shell's. Private to this collection.

Only names of variables are told, never values: what a shell has may be a secret.
"""

from __future__ import annotations

import os
import pathlib
import re
import stat
import typing as t
import unicodedata

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# What the SDKs of Azure, Ansible, and the programs for dumps take from a shell.
_MATTERS = re.compile(
    r"AZURE_\w+|ANSIBLE_\w+|CODEX_\w+|PG[A-Z]+|ARM_\w+|MSI_\w+|IDENTITY_\w+|XDG_STATE_HOME|(?i:https?_proxy|no_proxy)"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_(?:FILE|DIR)"
)
# What only changes how a run looks, or that the schedule says itself.
_DOES_NOT = re.compile(
    r"ANSIBLE_(?:CONFIG|FORCE_COLOR|NOCOLOR|NOCOWS|DEBUG|VERBOSITY|STDOUT_CALLBACK|CALLBACKS_ENABLED|DISPLAY_\w+|HOME"
    r"|LOCAL_TEMP|INVENTORY)"
)
_QUOTED = re.compile(r"""['"]([A-Za-z_][A-Za-z0-9_]*)['"]""")
_INVENTORY_FILES = ("", ".yml", ".yaml", ".json", ".ini")
_MOST_BYTES = 2**20


def lacking(shell: t.Mapping[str, str], known: t.Container[str], inventories: t.Iterable[pathlib.Path]) -> list[str]:
    """Return the variables of a shell that a run would take something from, and that a scheduled one has not.

    :param shell: the environment of this run.
    :param known: the names of those that a scheduled run has.
    :param inventories: files or folders; what they look up in the environment matters too.
    """
    asked = set[str]()
    for path in _files(inventories):
        text = path.read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
        if "env" in text:
            asked |= {name for name in _QUOTED.findall(text) if name.isupper()}
    return sorted(
        name
        for name, value in shell.items()
        if value
        and name not in known
        and name not in _EVERYWHERE
        and (name in asked or (_MATTERS.fullmatch(name) and not _DOES_NOT.fullmatch(name)))
    )


_EVERYWHERE = frozenset({"HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "LANG"})
"""What the systems that start something set themselves."""


def _files(inventories: t.Iterable[pathlib.Path]) -> t.Iterator[pathlib.Path]:
    for one in inventories:
        found = [one] if one.is_file() else sorted(one.rglob("*")) if one.is_dir() else []
        yield from (
            path for path in found if path.suffix in _INVENTORY_FILES and path.is_file() and os.access(path, os.R_OK)
        )


def in_file(path: pathlib.Path) -> dict[str, str]:
    """Return the variables of a file of lines C(NAME=value), as systemd reads them; a value may be in quotes."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and NAME.fullmatch(name.strip()):
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            found[name.strip()] = value
    return found


def file_problem(path: pathlib.Path) -> str:
    """Return what is wrong with a file of variables, which may be secrets; empty if nothing is."""
    if not path.is_absolute():
        return "is no absolute path"
    try:
        found = path.stat()
        names = in_file(path)
    except OSError as exc:
        return f"cannot be read: {exc.strerror}"
    except UnicodeDecodeError:
        return "is no text"
    if not stat.S_ISREG(found.st_mode):
        return "is no file"
    if found.st_mode & 0o077:
        return "can be read or changed by others than its user: chmod 600 it"
    return "" if names else "has no line NAME=value"


def control_character(text: str) -> str:
    """Return how the first character of a text is written that has no place in a line, such as C(\\n); or nothing."""
    found = next((one for one in text if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")), "")
    return ascii(found)[1:-1] if found else ""
