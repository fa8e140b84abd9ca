# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as they are written down, and clocks that differ. Private to this collection."""

from __future__ import annotations

import datetime

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context


def iso(moment: datetime.datetime) -> str:
    """Return a moment in UTC with milliseconds, such as C(2026-11-23T03:00:00.000Z)."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def warn_of_skew(ctx: Context, skew: float) -> None:
    """Warn when the clock that names a backup differs from ours by more than C(max_clock_skew).

    :param skew: by how many seconds it is ahead of ours.
    """
    if abs(skew) > ctx.params["max_clock_skew"]:
        ctx.warn(
            f"the clock of the server is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} that of this host; "
            "backups are named by the server's clock"
        )
