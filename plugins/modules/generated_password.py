#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated_password module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: generated_password
version_added: 0.1.0
short_description: Have a password made once and kept in a file or a key vault
description:
  - Makes sure that there is a password where it is to be kept, and makes a random one if there is none. The password
    itself is in no result, output, or log; who needs it reads it from there.
  - A password is kept either in a file of the controller that is encrypted with Ansible Vault (O(path)) or as a secret
    of an Azure Key Vault (O(vault_url) and O(secret_name)).
  - Passwords consist of upper and lower case letters, digits, and the symbols C(-), C(.), and C(_), with at least one
    of each, and begin with a letter. Azure takes them for administrators, and they need no quoting in URLs, YAML, or a
    shell.
  - A rotation takes two steps. O(state=next) prepares a new password beside the current one. When it is in force
    everywhere, O(state=promoted) puts it in the place of the current one. A rotation that is interrupted anywhere goes
    on with the same new password when it is run again.
  - To read or write a key vault, the identity needs the role C(Key Vault Secrets Officer) on it.
  - Follows API version 2026-04-01 of Azure Key Vault, see U(https://learn.microsoft.com/rest/api/keyvault/).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.kept_password
  - codexdominion.azure.attributes
notes:
  - A file is made once also if several hosts ask for it at the same time. A key vault cannot promise that; use
    C(run_once), or a M(codexdominion.azure.stack_lock).
options:
  length:
    description: How many characters a new password has, from 16 to 128. One that is there is kept, however long.
    type: int
    default: 32
  user:
    description: The login name it is for. Azure refuses passwords with three characters in a row of it.
    type: str
  users:
    description:
      - Two or more login names that take turns, so that during a rotation the former password works on, with its own
        user.
      - What is kept then is C(user:password). The first password is for the first user, the next one for the one after
        the current one's.
    type: list
    elements: str
  state:
    description:
      - V(present) makes a password if there is none.
      - V(next) makes a password that is to follow the current one. If one is prepared already, it is kept.
      - V(promoted) puts the next password in the place of the current one. Without a next one nothing is done.
      - V(absent) removes both. Key vaults keep deleted secrets for some time, in which they can be recovered, but their
        names cannot be used again.
    type: str
    choices: [present, next, promoted, absent]
    default: present
seealso:
  - plugin: codexdominion.azure.key_vault_secret
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Have a password, made by the first run, in a file beside the inventory
  codexdominion.azure.generated_password:
    path: "{{ inventory_dir }}/secrets/database_password"

- name: Have a password in a key vault
  codexdominion.azure.generated_password:
    vault_url: https://kv-codex.vault.azure.net
    secret_name: database-password

- name: Prepare another one
  codexdominion.azure.generated_password:
    path: "{{ inventory_dir }}/secrets/database_password"
    state: next

- name: Set it on the server
  codexdominion.azure.postgresql_server:
    resource_group: rg-codex
    name: codex-db
    administrator_password: "{{ lookup('ansible.builtin.file', inventory_dir ~ '/secrets/database_password.next') }}"

- name: Have a password that the next one does not lock out, since it is another user's
  codexdominion.azure.generated_password:
    path: "{{ inventory_dir }}/secrets/database_login"
    users: [codex_backend_a, codex_backend_b]

- name: Have the next password as the current one
  codexdominion.azure.generated_password:
    path: "{{ inventory_dir }}/secrets/database_password"
    state: promoted
"""

RETURN = r"""
where:
  description: The file or the URL of the secret; with O(state=next) that of the next password.
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
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._vault import vault_store

SPEC = _generated.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the password in a key vault to the wanted state; the action plugin does it for a file."""
    _generated.refuse_file(ctx)
    return _generated.bring(ctx, vault_store(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
