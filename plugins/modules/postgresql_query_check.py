#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_query_check module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_query_check
version_added: 0.1.0
short_description: Check that a PostgreSQL database answers, and how fast
description:
  - Connects over TLS, runs a small query a number of times one after the other over one connection, and compares
    latency and tables with what is expected.
  - Reports what was found for every expectation instead of stopping at the first that is not met.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.postgresql_connection
  - codexdominion.azure.attributes.read_only
  - codexdominion.azure.latency_targets
options:
  queries:
    description: How many queries to run.
    type: int
    default: 10
  max_average_ms:
    description: The longest average latency of the queries to accept, in milliseconds.
    type: float
  max_p95_ms:
    description: The longest latency to accept for 95 percent of the queries, in milliseconds.
    type: float
  tables:
    description: Tables that must exist, as C(table) in the search path or as C(schema.table).
    type: list
    elements: str
    default: []
  row_counts:
    description: Whether to count the rows of every table in the database, which reads each as a whole.
    type: bool
    default: false
  wait_timeout:
    description:
      - How long to wait for a server that does not accept connections yet, in seconds. With V(0) the first attempt
        counts.
      - There is no wait where time does not help, such as for a wrong password.
    type: int
    default: 0
  query_timeout:
    description: How long one query may take, in seconds. What counts rows has O(count_timeout) of its own.
    type: float
    default: 10
  count_timeout:
    description: How long counting the rows of all tables may take, in seconds. If left out, as long as it takes.
    type: float
  fail:
    description: Whether the task fails when an expectation is not met. With V(false) only RV(ok) says so.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check the database
  codexdominion.azure.postgresql_query_check:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ database_password }}"
    login_db: codex
    tables: [capsules, signals, replays]
    max_average_ms: 100
"""

RETURN = r"""
ok:
  description: Whether every expectation is met.
  returned: when every expectation is met or O(fail=false)
  type: bool
checks:
  description: Each expectation, with what was found.
  returned: when every expectation is met or O(fail=false)
  type: list
  elements: dict
  sample:
    - check: table capsules
      expected: exists
      found: exists
      ok: true
latency:
  description:
    - Latencies in milliseconds.
    - C(connect) is the time until the session was open, with DNS, TLS, and password. The others are of the queries.
  returned: when the database answered
  type: dict
  sample:
    connect: 31.4
    average: 2.2
    p50: 2.1
    p95: 3.4
    max: 3.9
server_version:
  description: The server's version.
  returned: when the database answered
  type: str
  sample: "16.10"
tls_version:
  description: The version of TLS as the server sees it, or V(null) where something before it ends the encryption.
  returned: when the database answered
  type: str
  sample: TLSv1.3
row_counts:
  description: The number of rows of each table, by its name with its schema.
  returned: when the database answered and O(row_counts=true)
  type: dict
  sample:
    public.capsules: 12
unlogged_tables:
  description: The unlogged ones among these tables. A server that is restored to a moment has them empty.
  returned: when the database answered and O(row_counts=true)
  type: list
  elements: str
  sample: [public.sessions]
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details).
    - If an expectation is not met, C(details) holds RV(checks) and whatever else was found.
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _query_check

PACKAGES = ("psycopg",)
SPEC = _query_check.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Check the database."""
    return _query_check.check(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
