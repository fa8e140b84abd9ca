# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a container as lines that people can read. Pure; private to this collection."""

from __future__ import annotations

import re
import unicodedata

from ansible_collections.codexdominion.azure.plugins.module_utils._core._masking import without_escapes

# A program that draws its progress ends a line with a carriage return; each of those is a line here.
_BREAKS = re.compile(r"\r*\n|[\r\v\f\x85\u2028\u2029]")
_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")


def lines(content: str) -> list[str]:
    """Return the lines of a log without what only a terminal understands, and without passwords in URLs.

    A program that fails to connect often shows the URL it was given; the run need not know that password to hide it.
    """
    found = [_clean(line) for line in _BREAKS.split(without_escapes(content))]
    while found and not found[-1]:
        found.pop()
    return found


def _clean(line: str) -> str:
    line = "".join(one for one in line if one == "\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))
    return _PASSWORD_IN_URL.sub(r"\1********@", line).rstrip()
