# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long backups are kept."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that remove old backups."""

    DOCUMENTATION = r"""
options:
  keep_last:
    description:
      - How many of the newest backups to keep. V(0) is the same as leaving it out, for this and the other C(keep_)
        options; at least one of the five rules has to be set.
      - A backup stays if one of the C(keep_) options keeps it, or if none is set. Only good backups count.
      - The newest good backup stays whatever the rules say.
    type: int
  keep_daily:
    description: For how many days (UTC) that have backups to keep the newest one.
    type: int
  keep_weekly:
    description: For how many weeks (ISO 8601) that have backups to keep the newest one.
    type: int
  keep_monthly:
    description: For how many months that have backups to keep the newest one.
    type: int
  max_age_days:
    description: Remove what is older than so many days, even if a C(keep_) option would keep it.
    type: int
"""
