# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether C(--tags) and C(--skip-tags) leave anything of a playbook to do. Pure; private to this collection."""

from __future__ import annotations

import typing as t

UNTAGGED = "untagged"


def problems(known: t.Sequence[str], wanted: t.Collection[str], skipped: t.Collection[str]) -> t.Iterator[str]:
    """Yield why a run would do nothing and look like success.

    :param known: the tags of the playbook, C(untagged) among them where it has tasks without; empty if not known.
    :param wanted: what was given with C(--tags), C(all) if nothing was.
    """
    if not known or _left(known, wanted, skipped):
        return
    names = [one for one in known if one != UNTAGGED]
    has = f"it has: {', '.join(names)}" if names else "it has none, run it without --tags"
    given = [f"--tags {','.join(sorted(wanted))}"] if set(wanted) - {"all"} else []
    given += [f"--skip-tags {','.join(sorted(skipped))}"] if skipped else []
    yield f"{' '.join(given)}: this selects nothing of the playbook; {has}"


def unknown(known: t.Sequence[str], wanted: t.Collection[str]) -> list[str]:
    """Return the tags that select nothing, where others do."""
    return sorted(set(wanted) - set(known) - {"all", "always", "tagged", UNTAGGED}) if known else []


def needed(needs: t.Sequence[str], wanted: t.Collection[str], skipped: t.Collection[str]) -> list[str]:
    """Return what a run needs of what its playbook needs: a part whose tag is not selected is left alone.

    :param needs: parts of a stack, with what of them behind an underscore, such as C(frontend_build).
    :param wanted: what was given with C(--tags), C(all) if nothing was.
    """

    def is_selected(part: str) -> bool:
        return bool({part, "all", "tagged", UNTAGGED} & set(wanted)) and part not in skipped

    return [one for one in needs if is_selected(one.partition("_")[0])]


def _left(known: t.Sequence[str], wanted: t.Collection[str], skipped: t.Collection[str]) -> set[str]:
    """Return the tags whose tasks run; the steps around them (check, lock) always do."""
    left = set()
    for tag in known:
        kinds = {tag, "all"} | (set() if tag == UNTAGGED else {"tagged"})
        if kinds & set(wanted) and not kinds & set(skipped):
            left.add(tag)
    return left
