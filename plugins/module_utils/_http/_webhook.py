# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a result to an address that is a secret: whoever knows it can write there. Private to this collection.

Errors of libraries name the address, so none of their text is told.
"""

from __future__ import annotations

import json
import typing as t
import urllib.error
import urllib.parse

from ansible.module_utils.urls import open_url

TAKEN = frozenset({200, 201, 202, 204})
NO_ANSWER = -1


def send(url: str, body: t.Mapping[str, t.Any], *, timeout: int) -> int:
    """Send a body as JSON.

    :param timeout: how long connecting, and the answer, may take, in seconds.
    :returns: the status of the answer, or C(NO_ANSWER).
    """
    try:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            return NO_ANSWER
        answer = open_url(
            url,
            data=json.dumps(body),
            headers={"Content-Type": "application/json"},
            method="POST",
            timeout=timeout,
            follow_redirects="none",
        )
        return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except Exception:  # whatever stands against it: the text of any of them may name the address
        return NO_ANSWER
