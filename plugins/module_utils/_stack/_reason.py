# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a run fails, in one line and without what looks like a secret: it is written down. Pure; private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack._inventory_words import inventory_words

Result = t.Mapping[str, t.Any]

HIDDEN = "The reason is hidden by no_log."
NOT_GIVEN = "It gave no reason."
LENGTH = 300
"""How long a reason may be, in characters."""

_CREDENTIALS = re.compile(r"://[^/ :@]*:[^/ @]+@")
_ASSIGNED = re.compile(r"(?i)((?:password|pwd|secret|token|key|sig)=)[^ ;&]+")


def of(result: Result, module: str) -> str:
    """Return why a task failed.

    :param result: of the task; of a loop, the first item that failed says why.
    :param module: that the task ran, whose options become variables of the inventory.
    """
    if result.get("_ansible_no_log"):
        return HIDDEN
    items = [item for item in result.get("results") or [] if item.get("failed")]
    first = items[0] if items else result
    message = str(first.get("msg") or ("" if items else NOT_GIVEN))
    if remedy := str((first.get("failure") or {}).get("remedy") or ""):
        message = message.replace(remedy, inventory_words(remedy, module))
    return _short(without_secrets(" ".join(message.split())))


def without_secrets(text: str) -> str:
    """Return a text without the credentials of URLs and the values of what is named like a secret."""
    return _ASSIGNED.sub(r"\1(secret)", _CREDENTIALS.sub("://(secret)@", text))


def _short(text: str) -> str:
    # As much longer as an ellipsis saves nothing.
    return text if len(text) <= LENGTH + 5 else f"{text[: LENGTH - 1]}…"
