# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator reads when a deployment of the backend has failed. Pure; private to this collection.

Facts come from the failed task, or from a look at what failed; words are those of the inventory.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata

Facts = t.Mapping[str, t.Any]

LOG_LINES = 30
EVENTS = 10

# What the report shows itself; every other remedy is that of the failure.
_SHOWN = {"log": "See the log above."}
# The variables that a failure is about whose remedy names none.
_VARIABLES = {
    "CheckFailed": "backend_readiness_path, backend_health_path, backend_port",
    "InaccessibleImage": "backend_image_tag, backend_pull",
    "InvalidResourceLocation": "backend_location",
    "Timeout": "backend_timeout",
}
_REMEDIES = {
    "InvalidContainerGroupUpdate": "Azure then has to delete and create the group: -e backend_allow_recreate=true",
    "RecreateNotAllowed": "To delete and create the group, whose address may change: -e backend_allow_recreate=true",
    "SecretsRequired": "Azure does not return them: add them to backend_secret_environment, or remove them in Azure.",
}


def backend_report(
    failed: Facts,
    *,
    name: str,
    host: str,
    action: str = "",
) -> str:
    """Return the report, line by line: expected, answered, state, events, log, done, next.

    :param failed: the result of the task that failed.
    :param name: the backend.
    :param host: the inventory's host, which the next run is limited to.
    :param action: the playbook that failed, and is to be run again.
    """
    failure = failed.get("failure") or {"message": str(failed.get("msg") or "no reason was given"), "details": {}}
    details = failure.get("details") or {}
    code = failure.get("code") or ""
    cause = f"{failure['message']}{f' ({code})' if code and code not in failure['message'] else ''}"
    rows = [
        ("expected", details.get("expected") or f"{name} is as the inventory says"),
        ("answered", details.get("answered") or cause),
        ("state", _state(details)),
        *(("event", f"{one.get('name')}: {one.get('message')}") for one in (details.get("events") or [])[-EVENTS:]),
        *(("log", line) for line in (details.get("log") or [])[-LOG_LINES:]),
    ]
    if details.get("log_problem"):
        rows.append(("log", f"could not be read: {details['log_problem']}"))
    rows.append(("done", _done(details)))
    rows.append(("next", _next(failure, details)))
    rows.append(("", f"Then: {again(action, host)}"))
    return "\n".join([f"{name} was not brought to its wanted state.", *(_row(*row) for row in rows)])


def _done(details: Facts) -> str:
    """Return what was done about a failure, one sentence."""
    back = details.get("way_back")
    if not back:
        return details.get("done") or "Nothing was changed."
    failed, serving = back["failed_name"], back["serving_name"]
    if back["status"] == "nothing":
        return f"There was nothing to go back to; {failed} is left as it is."
    if back["status"] == "traffic_lost":
        return f"The traffic could not be given back to {serving}: {back['problem']}"
    went = "went back to" if back["status"] == "returned" else "stayed on"
    removed = f"could not be removed: {back['problem']}" if back["problem"] else "was removed."
    return f"The traffic {went} {serving}, {back['serving_image']}; {failed} {removed}"


def again(action: str, host: str) -> str:
    """Return how to run what failed again."""
    if re.fullmatch(r"[a-z][a-z_]*", action):
        return f"ansible-playbook playbooks/{action}.yml --limit {host}"
    return f"run the playbook again with --limit {host}"


def printable(text: str) -> str:
    """Return a text that YAML prints as the lines it has.

    One character beyond the basic plane, as most emoji are, makes it print the whole text in quotes and with escapes.
    """
    lines = text.splitlines()
    return "\n".join("".join(_named(one) for one in line.expandtabs()).rstrip() for line in lines)


def _named(character: str) -> str:
    if ord(character) > 0xFFFF:
        return f":{unicodedata.name(character, f'U+{ord(character):X}').lower().replace(' ', '_')}:"
    return character if unicodedata.category(character) not in ("Cc", "Cs", "Co") and character != "\ufeff" else ""


def _row(word: str, text: str) -> str:
    return f"{word:<8}  {' '.join(text.split()) if word not in ('log', '') else text}"


def _state(details: Facts) -> str:
    if not details.get("state"):
        return "Unknown"
    text = f"{details['state']}, {details.get('restart_count') or 0} restarts"
    code = details.get("exit_code")
    return text if code is None else f"{text}, last exit code {code}"


def _next(failure: Facts, details: Facts) -> str:
    code, cause = failure.get("code") or "", details.get("cause") or ""
    if cause in _SHOWN:
        return _SHOWN[cause]
    if code in _REMEDIES:
        return _REMEDIES[code]
    remedy = str(failure.get("remedy") or details.get("advice") or "Mend the cause.")
    variables = _VARIABLES.get(code)
    return f"{remedy.rstrip('.')} ({variables})." if variables else remedy


def seen(look: Facts) -> dict[str, t.Any]:
    """Return the facts of a look at what failed.

    :param look: with C(container_groups), as M(codexdominion.azure.container_group_info) has it.
    """
    groups = look.get("container_groups") or []
    containers = groups[0].get("containers") or [] if groups else []
    if not containers:
        return {}
    view = containers[0].get("instance_view") or {}
    current, previous = view.get("current_state") or {}, view.get("previous_state") or {}
    ended = current if current.get("exit_code") is not None else previous
    return {
        "state": current.get("state") or "Waiting",
        "restart_count": view.get("restart_count") or 0,
        "exit_code": ended.get("exit_code"),
        "events": view.get("events") or [],
    }
