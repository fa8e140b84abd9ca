# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which releases a rollback may go back to. Pure; private to this collection."""

from __future__ import annotations

import typing as t

Release = t.Mapping[str, t.Any]


def before(releases: t.Sequence[Release], running: str, wanted: str = "") -> list[Release]:
    """Return the releases to go back to, the best choice first.

    :param releases: each with C(tag) and C(digest), the newest first.
    :param running: the digest of the image that runs.
    :param wanted: the tag or digest of the one to go back to; with none, those that came before the running image.
        An image that never became a release, such as one that an interrupted run has left, came after all of them.
    """
    if wanted:
        return [one for one in releases if wanted in (one["tag"], one["digest"])]
    digests = [one["digest"] for one in releases]
    later = digests.index(running) + 1 if running in digests else 0
    return [one for one in releases[later:] if one["digest"] != running]
