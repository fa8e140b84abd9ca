# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing secrets of a key vault, and a password with its successor as two of them. Private to this collection.

A deleted secret keeps its name for up to 90 days, and may be locked against purging. So a successor that has been
promoted is not deleted but disabled: the next rotation adds a version to it.
Source: U(https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview).
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._key_vault import Vault

_DELETED = (
    "A deleted secret holds the name: bring it back with `az keyvault secret recover`, or let go of it with "
    "`az keyvault secret purge`."
)


class WritableVault(Vault):
    """A key vault in which secrets are set."""

    remedies: t.ClassVar[dict[str, str]] = {
        **Vault.remedies,
        "AccessDenied": "The vault goes by access policies: give the identity the secret permissions Get and Set in "
        "one, and Delete to remove secrets.",
        "ForbiddenByRbac": "Give the identity the role Key Vault Secrets Officer on the vault; a new assignment takes "
        "some minutes.",
        "ObjectIsBeingDeleted": "Run this again in a minute.",
        "ObjectIsDeletedButRecoverable": _DELETED,
    }

    def find(self, name: str) -> t.Any:
        """Return the current version of a secret as the SDK has it, or None if there is no such secret.

        :raises OperationsError: C(SecretDisabled) also, when that version is disabled.
        """
        try:
            with self.errors(f"Reading secret {name}"):
                return self.client.get_secret(name)
        except OperationsError as error:
            if error.code == "SecretNotFound":
                return None
            raise

    def set(self, name: str, value: str) -> None:
        """Add a version to a secret, with the content type and the tags of the one before.

        :raises OperationsError: C(SecretNotStored) also, when another value is there afterwards.
        """
        before = self.find_enabled(name)
        kept = {"content_type": before.properties.content_type, "tags": before.properties.tags} if before else {}
        with self.errors(f"Setting secret {name}"):
            self.client.set_secret(name, value, **kept)
        after = self.find(name)
        if after is None or after.value != value:
            raise OperationsError(
                f"Secret {name} of {self.url} is not what was written",
                code="SecretNotStored",
                remedy="Somebody else has set it at the same time: run this again.",
            )

    def find_enabled(self, name: str) -> t.Any:
        """Return what C(find) does, and None for a version that is disabled."""
        try:
            return self.find(name)
        except OperationsError as error:
            if error.code == "SecretDisabled":
                return None
            raise

    def disable(self, name: str) -> None:
        """Keep the current version of a secret from being read.

        :raises OperationsError: with Azure's code.
        """
        with self.errors(f"Disabling secret {name}"):
            self.client.update_secret_properties(name, enabled=False)

    def delete(self, name: str) -> None:
        """Delete a secret with all versions, and wait until the vault says so. It can be recovered for some time.

        :raises OperationsError: with Azure's code.
        """
        with self.errors(f"Deleting secret {name}"):
            self.client.begin_delete_secret(name).wait()


class VaultStore:
    """A password and its successor as the secrets C(name) and C(name-next); see C(Store)."""

    def __init__(self, vault: WritableVault, name: str) -> None:
        self._vault = vault
        self._names = {CURRENT: name, NEXT: f"{name}-next"}

    def where(self, which: str) -> str:
        return f"{self._vault.url}/secrets/{self._names[which]}"

    def holds(self, which: str) -> bool:
        try:
            return self._vault.find(self._names[which]) is not None
        except OperationsError as error:
            if error.code == "SecretDisabled":
                return True
            raise

    def read(self, which: str) -> str | None:
        # A current password that is disabled was disabled by somebody, who wants to hear of it.
        find = self._vault.find_enabled if which == NEXT else self._vault.find
        found = find(self._names[which])
        return None if found is None else str(found.value)

    def create(self, which: str, password: str) -> bool:
        self._vault.set(self._names[which], password)
        return True

    def promote(self) -> None:
        password = self.read(NEXT)
        if password is not None and password != self.read(CURRENT):
            self._vault.set(self._names[CURRENT], password)
        self._vault.disable(self._names[NEXT])

    def delete(self, which: str) -> None:
        self._vault.delete(self._names[which])


def vault_store(ctx: Context) -> VaultStore:
    """Return the store that a task's options C(vault_url) and C(secret_name) name."""
    return VaultStore(WritableVault(ctx.params, ctx.session), ctx.params["secret_name"])
