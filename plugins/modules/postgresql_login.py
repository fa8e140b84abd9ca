#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_login module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_login
version_added: 0.1.0
short_description: Have a login that may read and write a PostgreSQL database
description:
  - Makes sure that a login can sign in with a password, and that its group may read and write every table, view, and
    sequence of O(login_db), those that O(login_user) makes later included. It may not create, alter, or drop any.
  - What it makes, where O(group) was granted that, belongs to O(group), since its sessions begin as that role; what it
    owns in O(login_db) all the same is given to O(group). O(login_user) gets the rights of O(group), so that it can
    back up what belongs to it. A login that has rights of its own is left as it is, with a warning.
  - Warns of tables that O(login_user) cannot read, or not the whole of, since a backup would fail at them.
  - Several logins of one group have the same rights. A service that changes from one to another has a new password
    without a moment in which none works.
  - Whether the password is the wanted one is found out by signing in with it. The server is sent what SCRAM-SHA-256
    makes of it, never the password itself.
  - What belongs to roles that O(login_user) is no member of is left alone.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.postgresql_connection
  - codexdominion.azure.attributes
options:
  name:
    description: The name of the login.
    type: str
    required: true
  password:
    description: Its password. Required with O(state=present).
    type: str
  group:
    description:
      - The role with the rights, which nobody signs in as; created if it is missing. Required with O(state=present).
      - Further rights of all its logins are granted to it, for example by a migration.
    type: str
  state:
    description:
      - V(present) lets the login in.
      - V(locked) keeps it out and ends its sessions; it stays, without a password.
      - V(absent) removes it, which fails for one that owns something; it is locked then.
    type: str
    choices: [present, locked, absent]
    default: present
  assume_empty:
    description:
      - Whether the server does not exist yet, as in a rehearsal of what creates it. The login is taken to be
        missing, and nothing is connected to.
      - Refused outside of check mode.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Let the backend in
  codexdominion.azure.postgresql_login:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ database_password }}"
    login_db: codex
    name: codex_backend_a
    password: "{{ database_backend_password }}"
    group: codex_backend

- name: Keep the login out that it had before
  codexdominion.azure.postgresql_login:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ database_password }}"
    name: codex_backend_b
    state: locked
"""

RETURN = r"""
name:
  description: The login, as given.
  returned: success
  type: str
  sample: codex_backend_a
members:
  description: The logins of the group that may sign in; without O(group) there are none.
  returned: success
  type: list
  elements: str
  sample: [codex_backend_a]
impact:
  description: Always V(none). Sessions that are open stay, but for those of a login that is locked or removed.
  returned: success
  type: str
  sample: none
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _login

PACKAGES = ("psycopg",)
SPEC = _login.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the login to the wanted state."""
    return _login.bring(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
