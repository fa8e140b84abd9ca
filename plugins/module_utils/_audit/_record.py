# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One JSON line for each run that changes something: what it says, and what it must not say. Private."""

from __future__ import annotations

import datetime
import json
import re
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import SECRET_CHANGED, SECRET_UNCHANGED
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._lock import _spec as _lock_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._storage import _blob_container

_RESULTS = ("ok", "failed", "unchanged")
_LONGEST = 16 * 1024
"""How many characters the options of free content may have together."""

_FREE = ("from", "to", "summary", "record")
"""Options whose content the operator chooses."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET = frozenset(
    {"authorization", "cookie", "credential", "credentials", "passphrase", "passwd", "password", "passwords", "pwd"}
    | {"sas", "secret", "secrets", "token", "tokens"}
)
_SECRET_AT_THE_END = frozenset({"auth", "dsn", "key", "keys"})
_ABOUT_A_SECRET = frozenset({"changed", "count", "digest", "expires", "id", "ids", "name", "names", "version"})
"""Last words of keys that tell something about a secret, not the secret."""
_PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def make(params: Params) -> dict[str, t.Any]:
    """Return the record for the options of the module, with time, host, and an id of its own."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return {
        "time": now.replace("+00:00", "Z"),
        "id": str(uuid.uuid4()),
        "run_id": params["run_id"] or _operator.run_id(),
        "stack": params["stack"],
        "action": params["action"],
        "who": params["who"] or _operator.user(),
        "host": _operator.host(),
        **{name: params[name] for name in ("from", "to", "result", "duration_seconds")},
        "message": params["summary"],
        "record": params["record"],
    }


def to_line(record: dict[str, t.Any]) -> bytes:
    """Return a record as it is stored: ASCII without line breaks, and one at its end."""
    return json.dumps(record, allow_nan=False).encode() + b"\n"


def _problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with a record: secrets, values JSON has no form for, too much text. Values are not shown."""
    for option in _FREE:
        yield from _problems_of(option, params[option])
    if (duration := params["duration_seconds"]) is not None and not duration >= 0:
        yield f"duration_seconds: {duration} is not a time span"
    elif sum(len(str(params[option])) for option in _FREE) > _LONGEST:
        yield f"{', '.join(_FREE)}: together longer than {_LONGEST} characters"


def _problems_of(path: str, value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_secret(str(key)) and not _is_harmless(inner):
                yield f"{path}.{key}: looks like a secret; audit records hold none"
            else:
                yield from _problems_of(f"{path}.{key}", inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _problems_of(f"{path}[{number}]", inner)
    elif isinstance(value, str):
        if _PASSWORD_IN_URL.search(value):
            yield f"{path}: holds a URL with a password; audit records hold none"
    elif isinstance(value, float) and value - value != 0:
        yield f"{path}: {value} is no number that JSON has"
    elif value is not None and not isinstance(value, bool | int | float):
        yield f"{path}: a value of type {type(value).__name__} is neither text, number, boolean, list, nor dictionary"


def _is_secret(key: str) -> bool:
    words = [word.lower() for word in _WORD.findall(key)]
    if not words or words[-1] in _ABOUT_A_SECRET:
        return False
    return words[-1] in _SECRET_AT_THE_END or not _SECRET.isdisjoint(words) or words[-2:] == ["connection", "string"]


def _is_harmless(value: t.Any) -> bool:
    return value is None or isinstance(value, bool) or value in (SECRET_CHANGED, SECRET_UNCHANGED, "")


SPEC = _common_specs.AZURE.merge(_blob_container.SPEC).merge(
    ArgumentSpec(
        options={
            "stack": {"type": "str", "required": True},
            "action": {"type": "str", "required": True},
            "result": {"type": "str", "choices": list(_RESULTS), "required": True},
            "from": {"type": "raw"},
            "to": {"type": "raw"},
            "duration_seconds": {"type": "float"},
            "summary": {"type": "str", "default": ""},
            "record": {"type": "dict", "default": {}},
            "who": {"type": "str"},
            "run_id": {"type": "str"},
            "path": {"type": "path"},
        },
        rules={"stack": _lock_spec.problem_with_stack},
        checks=(_problems,),
    )
)
