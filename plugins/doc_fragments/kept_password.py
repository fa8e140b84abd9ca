# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a password is kept."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that work on a password which is kept in a file or a key vault."""

    DOCUMENTATION = r"""
options:
  path:
    description:
      - The file, as an absolute path. It has mode 0600; missing folders are created with mode 0700.
      - The whole file is encrypted, as C(ansible-vault encrypt) does it. P(ansible.builtin.file#lookup) and
        C(ansible-vault view) decrypt it.
      - The next password is kept in the file with C(.next) after that name.
    type: path
  vault_id:
    description:
      - Which of the run's secrets of Ansible Vault a new file is encrypted with.
      - If not set, what C(vault_encrypt_identity) of the configuration of Ansible names, otherwise the first one.
      - Only with O(path).
    type: str
  vault_url:
    description: The URL of a key vault, such as V(https://kv-codex.vault.azure.net).
    type: str
  secret_name:
    description:
      - The name of the secret in the key vault.
      - The next password is kept in the secret with C(-next) after that name, which is disabled when it has been
        promoted.
    type: str
attributes:
  async:
    description: Supports the C(async) keyword with O(vault_url). With O(path), a task with C(async) is refused.
    support: partial
  diff_mode:
    description: There is no diff, for there is nothing to show.
    support: none
notes:
  - With O(path), the task runs on the controller as the user of C(ansible-playbook), whatever its host, connection, and
    C(become) are. Only there are the run's secrets of Ansible Vault.
requirements:
  - azure-keyvault-secrets
"""
