# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cache says of itself, as a table for people. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.text.formatters import bytes_to_human

Facts = t.Mapping[str, t.Any]


def table(statistics: Facts) -> str:
    """Return the lines of the table.

    :param statistics: as C(_statistics.read) returns them.
    """
    uptime, rate = statistics["uptime_seconds"], statistics["hit_rate"]
    hours = "an unknown time" if uptime is None else f"{round(uptime / 3600, 1)} h"
    hits = f"{statistics['hits']}, misses {statistics['misses']}"
    if rate is not None:
        hits += f", rate {round(rate * 100, 1)} %"
    rows = [
        ("redis", f"{statistics['redis_version']}, up for {hours}, {statistics['replicas']} replicas"),
        ("memory", _memory(statistics["memory"])),
        ("clients", f"{statistics['clients']}, {statistics['blocked_clients']} of them blocked"),
        ("keys", f"{statistics['keys']}, {statistics['evicted']} evicted, {statistics['expired']} expired"),
        ("hits", f"{hits}; {statistics['ops_per_second']} operations per second"),
        *(
            ("slow", f"{slow['at']}  {slow['milliseconds']} ms  {slow['command']}")
            for slow in statistics["slow_log"] or []
        ),
    ]
    return "\n".join(f"{word:<9}  {text}" for word, text in rows)


def _memory(memory: Facts) -> str:
    used, most = memory["used_bytes"], memory["max_bytes"]
    limit = f"{bytes_to_human(most)} ({memory['used_percent']} %)" if most else "no limit"
    return f"{'unknown' if used is None else bytes_to_human(used)} of {limit}, {memory['policy']}"
