#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The http_check module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: http_check
version_added: 0.1.0
short_description: Check what an HTTP service answers, and how fast
description:
  - Sends a number of GET requests one after the other over one connection, and compares status, JSON body, and latency
    with what is
    expected.
  - Reports what was found for every expectation instead of stopping at the first that is not met.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.attributes.read_only
  - codexdominion.azure.latency_targets
options:
  url:
    description: The address, with V(http) or V(https).
    type: str
    required: true
  status:
    description: The status expected of every answer.
    type: int
    default: 200
  json:
    description:
      - Keys the JSON body of the last answer must hold, with their values.
      - A value that is a dictionary names what has to be in the one of the answer, which may hold more.
    type: dict
  json_keys:
    description: Keys the JSON body of the last answer must hold, whatever their values.
    type: list
    elements: str
    default: []
  requests:
    description: How many requests to send.
    type: int
    default: 1
  p50:
    description: The longest median latency to accept, in milliseconds.
    type: float
  p95:
    description: The longest latency to accept for 95 percent of the requests, in milliseconds.
    type: float
  wait_timeout:
    description: How long to wait for the first expected answer, in seconds. With V(0) the first answer counts.
    type: int
    default: 0
  duration:
    description:
      - How long to go on asking after the first expected answer, in seconds, over a new connection each time. The first
        answer that is not as expected ends it.
    type: int
    default: 0
  request_timeout:
    description: How long one request may take, in seconds.
    type: float
    default: 10
  ca_path:
    description:
      - A file with the certificate authorities to trust.
      - If not set, the environment variable E(REQUESTS_CA_BUNDLE) is used.
    type: path
  hide:
    description: Secrets that must not be shown of an answer.
    type: list
    elements: str
    default: []
  fail:
    description: Whether the task fails when an expectation is not met. With V(false) only RV(ok) says so.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check the backend's health
  codexdominion.azure.http_check:
    url: http://codex-api.eastus.azurecontainer.io:8001/health
    json:
      status: healthy
    requests: 20
    p95: 200
"""

RETURN = r"""
ok:
  description: Whether every expectation is met.
  returned: when something answered or O(fail=false)
  type: bool
checks:
  description: Each expectation, with what was found.
  returned: when something answered or O(fail=false)
  type: list
  elements: dict
  sample:
    - check: status
      expected: "200"
      found: "200"
      ok: true
latency:
  description: Latencies in milliseconds.
  returned: when something answered
  type: dict
  sample:
    p50: 2.1
    p95: 3.4
    max: 3.9
json:
  description: The JSON body of the last answer.
  returned: when the body is JSON
  type: dict
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _check

SPEC = _check.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Check the service."""
    return _check.check(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
