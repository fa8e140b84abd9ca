# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypting and decrypting with the secrets of Ansible Vault that this run was given. Controller only; private."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecretsContext

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

Secrets = t.Sequence[tuple[str, t.Any]]
"""Vault ids with their secrets, the first of which is the default."""


class AnsibleVault:
    """The run's secrets of Ansible Vault.

    :param vault_id: what to encrypt with; if None, what C(vault_encrypt_identity) of the configuration names, otherwise
      the first secret there is.
    """

    def __init__(self, secrets: Secrets, vault_id: str | None = None) -> None:
        self._secrets = list(secrets)
        self._vault_id = vault_id or vars(C)["DEFAULT_VAULT_ENCRYPT_IDENTITY"]
        self._library = VaultLib(self._secrets)

    @classmethod
    def of_this_run(cls, vault_id: str | None) -> AnsibleVault:
        """Return that with the secrets of C(ansible-playbook)."""
        context = VaultSecretsContext.current(optional=True)
        return cls(context.secrets if context else (), vault_id)

    def require(self) -> tuple[str, t.Any]:
        """Return the vault id to encrypt with, and its secret.

        :raises OperationsError: when the run has none, or not the one that is wanted.
        """
        if not self._secrets:
            raise OperationsError(
                "The run has no secret of Ansible Vault",
                code="VaultSecretMissing",
                remedy="Give it one: --vault-id, --vault-password-file, or ANSIBLE_VAULT_PASSWORD_FILE.",
            )
        for vault_id, secret in self._secrets:
            if self._vault_id in (None, vault_id):
                return vault_id, secret
        loaded = ", ".join(dict.fromkeys(vault_id for vault_id, _secret in self._secrets))
        raise OperationsError(
            f"The run has no secret of Ansible Vault with the id {self._vault_id}",
            code="VaultIdUnknown",
            remedy=f"Load it with --vault-id, or name one of those that are: {loaded}.",
        )

    def encrypt(self, text: str) -> bytes:
        """Return a whole file that holds C(text).

        :raises OperationsError: see C(require).
        """
        vault_id, secret = self.require()
        return t.cast("bytes", self._library.encrypt(text, secret, vault_id=vault_id))

    def decrypt(self, content: bytes, where: str) -> str:
        """Return the text of an encrypted file, without white space at its end, as C(lookup('file')) does.

        :param where: the file, for the message.
        :raises OperationsError: when it is not encrypted, or with a secret that this run does not have.
        """
        if not self._library.is_encrypted(content):
            raise OperationsError(
                f"{where} is not encrypted",
                code="FileNotEncrypted",
                remedy=f"If it holds the password: ansible-vault encrypt {where}.",
            )
        try:
            return str(self._library.decrypt(content).decode()).rstrip()
        except (AnsibleError, UnicodeDecodeError) as exc:
            raise OperationsError(
                f"{where} cannot be decrypted with the secrets of this run",
                code="VaultSecretWrong",
                remedy="Give the run the secret it was encrypted with: --vault-id or ANSIBLE_VAULT_PASSWORD_FILE.",
            ) from exc
