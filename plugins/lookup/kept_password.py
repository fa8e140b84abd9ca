# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup kept_password."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kept_password
version_added: 0.1.0
short_description: A password as its operator keeps it
description:
  - Returns a password that is given, or that M(codexdominion.azure.generated_password) keeps in a file encrypted with
    Ansible Vault or in an Azure Key Vault.
  - What is read is a secret. Keep it out of facts and messages.
author:
  - codexdominion.azure contributors (@codexdominion)
requirements:
  - azure-keyvault-secrets, with O(vault_url)
options:
  _terms:
    description: What the password is of, for messages; one only.
    type: list
    elements: str
    required: true
  given:
    description: The password itself. Just one of O(given), O(path) and O(vault_url) is not empty.
    type: str
    default: ""
  path:
    description: The file it is kept in; the next one is in the file with C(.next) after that name.
    type: str
    default: ""
  vault_url:
    description: The URL of the key vault it is kept in.
    type: str
    default: ""
  secret_name:
    description: Its name there; the next one is in the secret with C(-next) after that name.
    type: str
    default: ""
  stage:
    description: Which one of those that are kept, the current one, or the one that follows while it is rotated.
    type: str
    choices: [current, next]
    default: current
  made:
    description: For check mode, whether the real run would have made it. What is returned then is no password.
    type: bool
    default: false
  promoted:
    description: For check mode, whether the real run would have put the next one into the place of the current one.
    type: bool
    default: false
  users:
    description: Who take turns. What is kept, and returned, is C(user:password) then.
    type: list
    elements: str
    default: []
seealso:
  - module: codexdominion.azure.generated_password
  - plugin: codexdominion.azure.key_vault_secret
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Sign in as the administrator
  codexdominion.azure.postgresql_query_check:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ lookup('codexdominion.azure.kept_password', 'codex-db-server',
                               path=inventory_dir ~ '/secrets/database_password') }}"
    login_db: codex
"""

RETURN = r"""
_raw:
  description: The password.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase

from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _kept_choice
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import NEXT


class LookupModule(LookupBase):
    """One password."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        given, path, vault_url = (self.get_option(name) for name in ("given", "path", "vault_url"))
        if len([place for place in (given, path, vault_url) if place]) != 1:
            raise AnsibleLookupError(
                f"Say where the password of {' '.join(map(str, terms))} comes from, in just one of database_password "
                "(given; an encrypted variable), database_password_file (path), and database_password_vault_url "
                "(vault_url)."
            )
        if given:
            return [given]
        secret = self.get_option("secret_name")

        def read(which: str) -> str:
            if path:
                return self._other("ansible.builtin.file", path + (".next" if which == NEXT else ""), variables)
            name = secret + ("-next" if which == NEXT else "")
            return self._other("codexdominion.azure.key_vault_secret", name, variables, vault_url=vault_url)

        options = {name: self.get_option(name) for name in ("made", "promoted", "users")}
        return [_kept_choice.choose(read, self.get_option("stage"), **options)]

    def _other(self, lookup: str, term: str, variables: dict[str, t.Any] | None, **options: t.Any) -> str:
        """Return what another lookup returns."""
        plugin = lookup_loader.get(lookup, loader=self._loader, templar=self._templar)
        found: list[str] = plugin.run([term], variables, **options)
        return found[0]
