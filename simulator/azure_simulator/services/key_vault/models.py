"""Vaults: their rules and their state. Names are unique in all of Azure, deleted vaults keep theirs."""

from __future__ import annotations

import re
from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import ArmError, location_fixed
from azure_simulator.core.providers import check_location
from azure_simulator.core.store import Document, Store
from azure_simulator.services.key_vault import schema
from azure_simulator.services.resources.models import check_tags
from azure_simulator.settings import Account

KIND = "vaults"
DELETED = "deletedVaults"
RESERVED = "reservedVaultNames"
TYPE = "Microsoft.KeyVault/vaults"
_NAME = re.compile(r"^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$")
_DAY = 86_400


class Vaults(Collection):
    """The vaults of the subscription."""

    def __init__(self, store: Store, clock: Clock, account: Account) -> None:
        super().__init__(store, account.subscription_id, KIND, TYPE, RESERVED)
        self._clock = clock
        self._account = account

    def check_put(self, group: str, name: str, body: dict[str, Any], version: str) -> None:
        """Everything that can refuse a PUT, before an address is allocated."""
        schema.VAULT.check(body)
        location = check_location(body["location"], TYPE)
        check_tags(body.get("tags"))
        if not _NAME.match(name):
            message = (
                f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The "
                "name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. "
                "Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
            )
            raise ArmError(400, "VaultNameNotValid", message)
        old = self.find(group, name)
        if old is None:
            self._check_free(name)
        elif old.body["location"] != location:
            raise location_fixed(name, group, old.body["location"], location)
        self._check_properties(body["properties"], old, version)

    def _check_free(self, name: str) -> None:
        deleted = self._store.get(DELETED, name)
        if deleted is not None and deleted.body["purged"] > self._clock.timestamp():
            message = (
                "A vault with the same name already exists in deleted state. You need to either recover or purge "
                "existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more "
                "information on soft delete."
            )
            raise ArmError(409, "ConflictError", message)
        if self.is_taken(name):
            message = (
                f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that "
                "the name is already taken. If you are sure that the vault name was not taken then it is possible that "
                "a vault with the same name was recently deleted but not purged after being placed in a recoverable "
                "state. If the vault is in a recoverable state then the vault will need to be purged before reusing "
                "the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this "
                "link https://go.microsoft.com/fwlink/?linkid=2147740."
            )
            raise ArmError(409, "VaultAlreadyExists", message)

    def _check_properties(self, wanted: dict[str, Any], old: Document | None, version: str) -> None:
        if wanted["tenantId"].lower() != self._account.tenant_id:
            message = f"The tenant '{wanted['tenantId']}' is not the tenant of the subscription."
            raise ArmError(400, "BadRequest", message)
        if wanted.get("enableSoftDelete") is False:
            message = 'The property "enableSoftDelete" can no longer be set to false: soft delete is always on.'
            raise ArmError(400, "BadRequest", message)
        if wanted.get("enablePurgeProtection") is False:
            message = (
                'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a '
                "vault is an irreversible action."
            )
            raise ArmError(400, "BadRequest", message)
        if (wanted.get("createMode") or "default").lower() == "recover":
            raise ArmError(501, "NotImplementedBySimulator", "Deleted vaults cannot be recovered in this simulator.")
        if not _rbac(wanted, old, version):
            message = (
                "Access policies are not simulated: set enableRbacAuthorization to true, or use api-version "
                f"{schema.RBAC_BY_DEFAULT} or later, where it is the default of a new vault."
            )
            raise ArmError(501, "NotImplementedBySimulator", message)
        if (wanted.get("networkAcls") or {}).get("virtualNetworkRules"):
            raise ArmError(501, "NotImplementedBySimulator", "Rules of virtual networks are not simulated.")

    def put(self, group: str, name: str, body: dict[str, Any], uri: str, caller: str) -> tuple[Document, bool]:
        """Create or replace; the vault and whether it is new. A new one registers its name first."""
        old = self.find(group, name)
        wanted = {key: value for key, value in body["properties"].items() if value is not None}
        # One whose creation failed is created again.
        state = old.body["properties"]["provisioningState"] if old else None
        stamp = isoformat(self._clock.now())
        system = dict(old.body["systemData"]) if old else _stamps("created", caller, stamp)
        properties: dict[str, Any] = {
            "sku": {"family": "A", "name": wanted["sku"]["name"].lower()},
            "tenantId": self._account.tenant_id,
            "accessPolicies": wanted.get("accessPolicies", []),
            "enabledForDeployment": wanted.get("enabledForDeployment", False),
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": wanted.get("softDeleteRetentionInDays", 90),
            "enableRbacAuthorization": True,
            "vaultUri": uri,
            "provisioningState": "Succeeded" if state == "Succeeded" else "RegisteringDns",
            "publicNetworkAccess": wanted.get("publicNetworkAccess", "Enabled"),
        }
        optional = ("enabledForDiskEncryption", "enabledForTemplateDeployment", "enablePurgeProtection", "networkAcls")
        properties |= {key: wanted[key] for key in optional if key in wanted}
        vault: dict[str, Any] = {
            "id": old.id if old else self.id_of(group, name),
            "name": old.body["name"] if old else name,
            "type": TYPE,
            "location": check_location(body["location"], TYPE),
            "tags": check_tags(body.get("tags")),
            "systemData": system | _stamps("lastModified", caller, stamp),
            "properties": properties,
        }
        return self._store.put(KIND, vault["id"], vault), old is None

    def settle(self, resource_id: str, state: str = "Succeeded") -> None:
        """Its name can be resolved now, or (Failed) never will be."""
        document = self._store.get(KIND, resource_id)
        if document is not None:
            document.body["properties"]["provisioningState"] = state
            self._store.put(KIND, resource_id, document.body)

    def delete(self, document: Document) -> None:
        """Delete softly: the name stays taken for the days of its retention."""
        purged = self._clock.timestamp() + document.body["properties"]["softDeleteRetentionInDays"] * _DAY
        self._store.put(DELETED, document.body["name"], {"purged": purged})
        self._store.delete(KIND, document.id)

    def forget(self, document: Document) -> None:
        """Undo a creation that could not be finished."""
        self._store.delete(KIND, document.id)


def _rbac(wanted: dict[str, Any], old: Document | None, version: str) -> bool:
    """Whether the vault would be in RBAC mode; a vault that exists stays in its mode unless told otherwise."""
    given: bool | None = wanted.get("enableRbacAuthorization")
    if given is not None:
        return given
    return old is not None or version.removesuffix("-preview") >= schema.RBAC_BY_DEFAULT


def _stamps(verb: str, caller: str, stamp: str) -> dict[str, str]:
    return {f"{verb}By": caller, f"{verb}ByType": "Application", f"{verb}At": stamp}
