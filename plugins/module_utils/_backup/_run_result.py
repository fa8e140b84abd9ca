# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has come to: the same for people, for programs, for the webhook, and for the audit. Private.

Times are seconds since 1970, so that no zone of the host's means anything.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _condition, _restore_point, _rows

Facts = t.Mapping[str, t.Any]
Outcome = dict[str, t.Any]

_PROOFS = {
    "none": "was made",
    "list": "was made and found again",
    "restore": "was made and restores with the same rows",
}
_NOT_PROVEN = {
    "none": "",
    "list": "; not known before: whether it is found again",
    "restore": "; not known before: whether it restores with the same rows",
}
_CODE = re.compile(r"[(]([A-Za-z]+)[)][.] ")
_RECORDED = ("kind", "name", "moment", "server", "where", "removed")
_HOUR = 3600


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """What a run knows by now; what it does not is empty.

    :param rehearsed: whether it runs under C(--check).
    :param began: when.
    :param server: the stack's own server; C(azure_server) is how its module shows it.
    :param choice: the kind of backup, see _kind.py.
    :param verify: how a backup is proven: C(none), C(list), C(restore).
    :param point: what was made, or is restored; see _restore_point.py.
    :param made: the result of what has made it; C(found) of what has found it again.
    :param pruned: the results of what has removed old ones.
    :param comparison: of the rows, see _rows.py.
    :param target: the server that something is restored into.
    :param scratch_removed: whether that one, made to be removed again, is gone; None where none was to be made.
    :param changed: whether anything was written.
    :param result: what this run has come to so far.
    """

    stack: str
    action: str = ""
    who: str = "unknown"
    rehearsed: bool = False
    began: float = 0.0
    server: str = ""
    azure_server: Facts = dataclasses.field(default_factory=dict)
    choice: Facts = dataclasses.field(default_factory=dict)
    verify: str = "none"
    point: Facts = dataclasses.field(default_factory=dict)
    made: Facts = dataclasses.field(default_factory=dict)
    found: Facts = dataclasses.field(default_factory=dict)
    pruned: t.Sequence[Facts] = ()
    comparison: Facts = dataclasses.field(default_factory=dict)
    target: str = ""
    scratch_removed: bool | None = None
    changed: bool = False
    result: Facts = dataclasses.field(default_factory=dict)
    hourly_price: float = 0.0
    evidence_directory: str = ""

    @property
    def rows(self) -> list[t.Any]:
        """The rows that were compared."""
        return list(self.comparison.get("rows") or [])

    @property
    def unlogged(self) -> list[str]:
        """The tables that the restore has emptied, since they are in no log."""
        return list(self.comparison.get("unlogged") or [])

    @property
    def but(self) -> str:
        """What has to be said beside that it went well."""
        if not self.unlogged:
            return ""
        return f", but for unlogged tables, which are in no log and so empty: {', '.join(self.unlogged)}"

    @property
    def state(self) -> str:
        """The word for a run that has not failed."""
        return "rehearsed" if self.rehearsed else "ok"

    @property
    def about(self) -> str:
        """The server it is about: the one to restore into, unless that one is to be removed again."""
        return self.server if self.scratch_removed is not None else self.target or self.server

    @property
    def lacks_proof(self) -> bool:
        """Whether it made a dump, and no restore has proven this one or any before."""
        before = self.found.get("restore_points") or []
        is_dump = self.point.get("kind") == _restore_point.DUMP
        return is_dump and self.verify != "restore" and not any(one.get("proven") for one in before)

    def seconds(self, now: float) -> float:
        """How long it has taken."""
        return round(now - float(self.began), 1)

    def left_over(self) -> Outcome:
        """Return the server that was to be removed and may still be there: it costs."""
        return {"scratch_server": self.target} if self.scratch_removed is False else {}


def backup(run: Run, now: float) -> Outcome:
    """Return what a backup has come to."""
    point = run.point
    removed = [name for one in (run.made, *run.pruned) for name in one.get("removed") or []]
    where = (run.found.get("where") if point.get("kind") == _restore_point.DUMP else "") or run.made.get("where")
    message = (
        f"{run.stack}: {run.choice['words']} {point['name']} "
        f"{'would be made' if run.rehearsed else _PROOFS[run.verify]}{run.but}"
    )
    if removed:
        message += f", {len(removed)} {'would go' if run.rehearsed else 'removed'}"
    if run.rehearsed:
        message += _NOT_PROVEN[run.verify]
    elif run.lacks_proof:
        message += f"; {_condition.NEVER_PROVEN}"
    return {
        "stack": run.stack,
        "action": run.action,
        "result": run.state,
        "changed": bool(run.made.get("changed")),
        "kind": run.choice["kind"],
        "why": run.choice["why"],
        "server": run.server,
        "name": point["name"],
        "where": where or run.azure_server.get("id"),
        "size_bytes": point.get("size_bytes"),
        "sha256": point.get("sha256"),
        "rows": run.rows,
        "verified": "none" if run.rehearsed else run.verify,
        "removed": removed,
        "duration_seconds": run.seconds(now),
        "message": message,
    }


def restore(run: Run, now: float) -> Outcome:
    """Return what a restore has come to."""
    message = (
        f"{run.stack}: {run.point['name']} {'would be' if run.rehearsed else 'was'} restored into {run.target}{run.but}"
    )
    if run.target != run.server:
        message += f". To stay with it, set database_server_name to {run.target} in the inventory"
    return {
        "stack": run.stack,
        "action": run.action,
        "result": run.state,
        "changed": True,
        "kind": run.point["kind"],
        "name": run.point["name"],
        "moment": run.point["moment"],
        "server": run.target,
        "rows": run.rows,
        "unlogged_tables": run.unlogged,
        "duration_seconds": run.seconds(now),
        "message": message,
    }


def drill(run: Run, now: float, reason: str = "") -> Outcome:
    """Return what a drill has come to.

    :param reason: why it has failed; empty if it has not.
    """
    seconds, name = run.seconds(now), run.point.get("name") or ""
    if reason:
        words = f"does not prove to restore: {reason}"
    elif run.rehearsed:
        words = "would be restored; not known before: whether its rows are the same"
    elif run.comparison.get("known"):
        words = f"restores with the same rows{run.but}"
    else:
        words = f"restores; the rows are not known beforehand{run.but}"
    return {
        "stack": run.stack,
        "action": run.action,
        "result": "failed" if reason else run.state,
        "changed": not run.rehearsed,
        "reason": reason,
        "server": run.server,
        "sku": (run.azure_server.get("sku") or {}).get("name"),
        "version": run.azure_server.get("version"),
        "kind": run.point.get("kind") or "",
        "name": name,
        "moment": run.point.get("moment") or "",
        "scratch_server": run.target,
        "scratch_removed": run.scratch_removed is not False,
        "rows": run.rows,
        "unlogged_tables": run.unlogged,
        "who": run.who,
        "began": f"{_utc(run.began):{_restore_point.TIME}}",
        "ended": f"{_utc(now):{_restore_point.TIME}}",
        "duration_seconds": seconds,
        "hourly_price": float(run.hourly_price),
        "cost": round(math.ceil(seconds / _HOUR) * float(run.hourly_price), 2),
        "evidence": f"{run.evidence_directory}/drill-{run.stack}-{_utc(run.began):{_restore_point.NAME_TIME}}",
        "message": f"{run.stack}: {name or 'nothing'} of {run.server} {words}",
    }


def failure(run: Run, reason: str) -> Outcome:
    """Return what a run has come to that fails, beside what it has come to before."""
    code = _CODE.search(reason)
    return {
        **run.result,
        "stack": run.stack,
        "action": run.action,
        "result": "failed",
        "changed": run.changed,
        "server": run.about,
        "code": code[1] if code else "",
        "message": f"{run.stack}: {reason}",
        **run.left_over(),
    }


def record(run: Run) -> Outcome:
    """Return what the audit is told: which backup it was about, as far as the run came to know it."""
    found = {fact: run.result[fact] for fact in _RECORDED if fact in run.result}
    if not found:
        found = {fact: run.point[fact] for fact in ("kind", "name", "moment") if fact in run.point}
        found["server"] = run.about
    return {**found, **run.left_over()}


def evidence(drilled: Facts) -> str:
    """Return what a drill has come to as a page in Markdown.

    :param drilled: what C(drill) returns.
    """
    passed, into = drilled["result"] == "ok", drilled["scratch_server"] or "nothing"
    if drilled["scratch_server"] and drilled["scratch_removed"]:
        into += ", removed again"
    elif drilled["scratch_server"]:
        into += ", **not removed**: it costs until the next drill removes it"
    summary = (
        f"{drilled['name'] or 'No backup'} of {drilled['server']} ({drilled['sku']}, PostgreSQL {drilled['version']})"
    )
    moment = f", the state of {drilled['moment']}" if drilled["moment"] else ""
    lines = [
        f"# Restore drill of {drilled['stack']}: {'passed' if passed else 'failed'}",
        "",
        summary if passed else f"{summary} did not prove to be restorable: {drilled['reason']}",
        "",
        "| | |",
        "| --- | --- |",
        f"| began | {drilled['began']} |",
        f"| ended | {drilled['ended']}, after {drilled['duration_seconds']} s |",
        f"| by | {drilled['who']} |",
        f"| restored | {drilled['kind']}{moment} |",
        f"| into | {into} |",
        f"| price | {drilled['cost']} at {drilled['hourly_price']} per hour |",
        "",
    ]
    if drilled["rows"]:
        lines += ["| table | rows expected | rows restored | |", "| --- | ---: | ---: | --- |"]
        lines += [
            f"| {row['table']} | {row['expected']} | {row['found']} | {_verdict(row)} |" for row in drilled["rows"]
        ]
    return "\n".join(lines) + "\n"


def drill_problems(timeout: int, hourly_price: float, max_cost: float) -> list[str]:
    """Return why a drill is not begun: what it may cost or last.

    :param timeout: how long it may take, in seconds.
    :param max_cost: what it may cost, in the currency of C(hourly_price).
    """
    hours = math.ceil(timeout / _HOUR)
    most = round(hours * hourly_price, 2)
    found = []
    if hourly_price <= 0:
        found.append("database_backup_drill_hourly_price has to say what an hour of the server costs")
    if most > max_cost:
        found.append(
            f"A drill of up to {hours} h may cost {most}, more than database_backup_drill_max_cost ({max_cost})"
        )
    if timeout < 1:
        found.append("database_backup_drill_timeout has to be positive")
    return found


def seconds_left(deadline: float | None, timeout: int, now: float) -> int:
    """Return how long a step may take, in seconds: a drill has a time for all of them.

    :param deadline: when all has to be done; None: each step has its C(timeout).
    """
    return int(timeout) if deadline is None else max(int(deadline - now), 1)


def _verdict(row: t.Mapping[str, t.Any]) -> str:
    if row["expected"] == _rows.NOT_KNOWN:
        return "not compared"
    return "equal" if row["ok"] else "differs"


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC)
