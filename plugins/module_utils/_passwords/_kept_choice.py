# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of two kept passwords is meant, and what a rehearsal takes for one that is not there. Pure; private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT

REHEARSED = "Made-by-the-run-0"
"""Stands for a password that only the real run would make. It is never given to anything."""


def choose(
    read: t.Callable[[str], str], stage: str, *, made: bool = False, promoted: bool = False, users: t.Sequence[str] = ()
) -> str:
    """Return a password, or C(user:password) where several users take turns.

    :param read: returns what is kept as C(CURRENT) or C(NEXT).
    :param stage: C(CURRENT) or C(NEXT).
    :param made: whether the real run would have made it.
    :param promoted: whether the real run would have put the next one into the place of the current one.
    :param users: who take turns.
    """

    def current() -> str:
        return read(NEXT if promoted else CURRENT)

    if not made:
        return current() if stage == CURRENT else read(NEXT)
    if not users:
        return REHEARSED
    # The next password is that of a user whose turn it is not yet.
    present = current().partition(":")[0] if stage == NEXT else None
    return f"{next(user for user in users if user != present)}:{REHEARSED}"
