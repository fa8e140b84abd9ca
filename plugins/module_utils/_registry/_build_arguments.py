# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build arguments that are no secrets: an image shows them to everybody who may pull it. Pure; private.

A builder writes them into the image's history, and a registry's task into its log.
"""

from __future__ import annotations

import re
import typing as t

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)|(?:^|_)(?:pass|pwd)(?:_|$)|secret|credential|(?:^|_)tokens?(?:_|$)|"
    r"(?:api|access|account|private|shared|signing|encryption|storage|ssh)_?key|connection_?string",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^@\s/]+@"  # the password in a URL
    r"|(?:password|pwd|accountkey|sharedaccesskey|sig)=[^;&\s]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]+\.[\w-]+"  # a signed token
    r"|\bgh[opsu]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bnpm_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b",
    re.IGNORECASE,
)
_SHORTEST = 8
"""A known secret with fewer characters is looked for as the whole value only: inside, it would be anywhere."""

_WHY = "an image shows its build arguments to everybody who may pull it"
_INSTEAD = "give it to the container as it starts, with backend_secret_environment"


def problems(arguments: t.Mapping[str, t.Any], secrets: t.Iterable[str]) -> t.Iterator[str]:
    """Yield what is wrong with build arguments, each by its name and none with its value.

    :param secrets: values that are known to be secret.
    """
    known = {one for one in map(str, secrets) if one}
    for name, value in arguments.items():
        text = str(value)
        if not _NAME.fullmatch(str(name)):
            yield f"{name!r} is no name of a build argument: letters, digits, and underscores, not first a digit"
        elif _SECRET_NAME.search(str(name)):
            yield f"{name} is named like a secret, and {_WHY}: {_INSTEAD}"
        elif _SECRET_VALUE.search(text):
            yield f"the value of {name} looks like a secret, and {_WHY}: {_INSTEAD}"
        elif any(_holds(text, secret) for secret in known):
            yield f"the value of {name} holds a secret of this stack, and {_WHY}: {_INSTEAD}"


def _holds(text: str, secret: str) -> bool:
    return text == secret or (len(secret) >= _SHORTEST and secret in text)
