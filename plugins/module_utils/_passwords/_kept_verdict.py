# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of two passwords is in force, from what a server says to each. Pure; private to this collection.

A rotation writes to the server and then to where the password is kept. Whoever is cut off between the two leaves a
server that takes the next password only, and nobody but the server knows.
"""

from __future__ import annotations

import enum
import typing as t

Taken = t.Callable[[str], "bool | None"]
"""Takes a password; returns whether the server takes it, or None when it cannot be asked."""


class Verdict(enum.Enum):
    """What to do about the two."""

    NONE = "no rotation is under way"
    CURRENT = "the server takes the current one; the next one stays for another try"
    NEXT = "the server takes the next one, which has to become the current one"
    BOTH = "both are the same: a promotion was cut off, and is to be ended"
    NEITHER = "the server takes neither"
    UNKNOWN = "the server cannot be asked"

    @property
    def promotes(self) -> bool:
        """Whether the next password takes the place of the current one."""
        return self in (Verdict.NEXT, Verdict.BOTH)


def judge(current: str | None, following: str | None, taken: Taken) -> Verdict:
    """Return which of the two is in force, and ask the server no more than has to be.

    :param current: None where it is lost.
    :param following: None where no rotation is under way.
    """
    if following is None:
        return Verdict.NONE
    if following == current:
        return Verdict.BOTH
    answer = taken(current) if current is not None else False
    if answer is None:
        return Verdict.UNKNOWN
    if answer:
        return Verdict.CURRENT
    return {True: Verdict.NEXT, False: Verdict.NEITHER, None: Verdict.UNKNOWN}[taken(following)]
