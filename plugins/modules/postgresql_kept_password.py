#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_kept_password module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_kept_password
version_added: 0.1.0
short_description: Find out which kept password a PostgreSQL server takes
description:
  - Ends a rotation that was cut off. A password that M(codexdominion.azure.generated_password) keeps is given to the
    server first, and takes the place of the current one after that. Where a run ends between the two, the server takes
    the next password only.
  - Signs in with the current password, and with the next one if that is refused. Where the server takes the next one,
    that becomes the current one. The server itself is not changed.
  - Without a next password there is nothing to find out, and no request is sent.
  - Where the server takes neither, there is a warning that says how to give it the current one. Where it cannot be
    asked, because it is not there, does not run, or does not let this host connect, nothing is changed.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.postgresql
  - codexdominion.azure.kept_password
  - codexdominion.azure.attributes
requirements:
  - psycopg[binary] >= 3.2
options:
  user:
    description: The login name it is for. Without one, what is kept is C(user:password).
    type: str
  expected:
    description: With V(next) it is an error if the server does not take the next password.
    type: str
    choices: [any, next]
    default: any
  ca_cert:
    description:
      - A PEM file with the certificate authorities to trust.
      - If not set, the environment variable E(PGSSLROOTCERT) is used, then the system's authorities, then those of the
        Python package C(certifi).
    type: path
  timeout:
    description: How long to wait, in seconds, for the end of what Azure is doing to the server.
    type: int
    default: 900
seealso:
  - module: codexdominion.azure.generated_password
  - module: codexdominion.azure.postgresql_server
"""

EXAMPLES = r"""
- name: Go on with the password that the server takes
  codexdominion.azure.postgresql_kept_password:
    resource_group: codex-rg
    server: codex-db-server
    path: "{{ inventory_dir }}/secrets/database_password"
    user: codexadmin
"""

RETURN = r"""
verdict:
  description:
    - V(none) where there is no next password, V(current) or V(next) for what the server takes, V(both) where they are
      the same, V(neither), or V(unknown) where the server cannot be asked.
  returned: success
  type: str
  sample: next
where:
  description: The file or the URL of the current password.
  returned: success
  type: str
  sample: https://kv-codex.vault.azure.net/secrets/database-password
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated, _kept
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._vault import vault_store

SPEC = _kept.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Settle a password in a key vault; the action plugin does it for a file."""
    _generated.refuse_file(ctx)
    return _kept.settle(ctx, vault_store(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
