# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of a backend: what they are called, and which one a rollback may go back to. Pure; private.

A release is a tag of the registry, C(<prefix>-<UTC time>-<start of the digest>), and no choice for "the newest image".
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import digest_of

Release = t.Mapping[str, t.Any]

_TIME_AND_DIGEST = "-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{7}"
_DIGITS = slice(len("sha256:"), len("sha256:") + 7)


def pattern(prefix: str) -> str:
    """Return a regular expression for the releases of a stack, by how they begin."""
    return re.escape(prefix) + _TIME_AND_DIGEST


def pattern_of_any(prefix: str) -> str:
    """Return a regular expression for the releases of all stacks."""
    return f"(release-.*|{re.escape(prefix)}){_TIME_AND_DIGEST}$"


def name(prefix: str, digest: str, at: datetime.datetime) -> str:
    """Return the name of a new release.

    :param at: when it was deployed, in UTC.
    """
    return f"{prefix}-{at:%Y%m%dT%H%M%SZ}-{digest[_DIGITS]}"


def of(images: t.Sequence[Release], prefix: str, running: str = "") -> list[dict[str, t.Any]]:
    """Return the releases among the tags of a repository, the newest first, each with whether it is what C(running) is.

    :param images: as M(codexdominion.azure.container_image_info) has them.
    :param running: the image that runs, or its digest.
    """
    ours = re.compile(pattern(prefix))
    found = sorted((one for one in images if ours.fullmatch(one["tag"])), key=lambda one: str(one["tag"]), reverse=True)
    digest = digest_of(running)
    newest = next((one["tag"] for one in found if one["digest"] == digest), None)
    return [{**one, "running": one["tag"] == newest} for one in found]


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


def none_to_go_back_to(releases: t.Sequence[Release], backend: str, wanted: str, host: str) -> str:
    """Return why there is no release to go back to, and what to do."""
    problem = (
        f"There is no release {wanted} of {backend}." if wanted
        else f"There is no release of {backend} before the one that runs."
    )  # fmt: skip
    if releases:
        return f"{problem} Releases: {', '.join(one['tag'] for one in releases)}"
    return (
        f"{problem} A successful deployment leaves a release; there is none yet. For the first:"
        f" ansible-playbook playbooks/setup_stack.yml --limit {host}"
    )


def history(releases: t.Sequence[Release], stack: str, backend: str) -> str:
    """Return the releases as a table for people."""
    rows = [
        f"{'>' if one['running'] else '':<3} {one['tag']:<50} {str(one['created'])[:19]}  {one['digest'][:19]}"
        for one in releases
    ]
    title = f"{stack}: {len(releases)} release(s) of {backend}, the newest first, > runs now"
    return "\n".join([title, *(rows or ["none yet: a successful deployment leaves one"])])
