# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of all parts as a table. Pure; private to this collection."""

from __future__ import annotations

import typing as t

Check = t.Mapping[str, t.Any]
"""C(name), C(ok), and C(found): what it is about, whether it passed, and what was seen."""


def table(checks: t.Sequence[Check], stack: str) -> str:
    """Return a line that counts, and one for each check."""
    passed = sum(bool(check["ok"]) for check in checks)
    lines = [f"{stack}: {passed} of {len(checks)} checks passed"]
    lines += [f"{'ok' if one['ok'] else 'FAILED':<6}  {one['name']!s:<28}  {one['found']}" for one in checks]
    return "\n".join(lines) + "\n"
