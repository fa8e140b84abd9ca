"""Registries: their rules, their state, their credentials."""

from __future__ import annotations

import copy
import re
import secrets
import string
import uuid
from dataclasses import dataclass
from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import ArmError, location_fixed
from azure_simulator.core.providers import check_location
from azure_simulator.core.store import Document, Store
from azure_simulator.services.container_registry import schema
from azure_simulator.services.resources.models import check_tags

KIND = "registries"
RESERVED = "reservedRegistryNames"
TYPE = "Microsoft.ContainerRegistry/registries"
_NAME = re.compile(r"^[A-Za-z0-9]{5,50}$")
_NAME_RULE = "Resource names may contain alpha numeric characters only and must be between 5 and 50 characters."
_ALPHABET = string.ascii_letters + string.digits + "+/"

# Bytes included, webhooks: what listUsages reports per tier.
_INCLUDED = {"Basic": (10 << 30, 2), "Standard": (100 << 30, 10), "Premium": (500 << 30, 500)}

# Changing one of these is longer work: PATCH answers 201 with an operation.
_LONG_CHANGES = ("anonymousPullEnabled", "encryption", "networkRuleSet", "publicNetworkAccess", "dataEndpointEnabled")


@dataclass(frozen=True)
class Change:
    """Outcome of a write: the registry, whether it is new, whether work is left to do."""

    body: dict[str, Any]
    new: bool
    long: bool


class Registries(Collection):
    """The registries of the subscription; names are unique in all of Azure, so over all groups here."""

    def __init__(self, store: Store, clock: Clock, subscription_id: str) -> None:
        super().__init__(store, subscription_id, KIND, TYPE, RESERVED)
        self._clock = clock

    # -- reading -----------------------------------------------------------------------------------------------------

    def by_login_server(self, login_server: str) -> Document | None:
        """The registry that answers at `127.77.x.y:5000`."""
        for document in self._store.list(KIND):
            if document.body["properties"]["loginServer"] == login_server.lower():
                return document
        return None

    def name_availability(self, name: str) -> dict[str, Any]:
        """The body of checkNameAvailability."""
        if not _NAME.match(name):
            message = f"The specified resource name is invalid. {_NAME_RULE}"
            return {"nameAvailable": False, "reason": "Invalid", "message": message}
        if self.is_taken(name):
            return {
                "nameAvailable": False,
                "reason": "AlreadyExists",
                "message": f"The registry {name} is already in use.",
            }
        return {"nameAvailable": True}

    # -- writing -----------------------------------------------------------------------------------------------------

    def check_put(self, group: str, name: str, body: dict[str, Any]) -> None:
        """Everything that can refuse a PUT, before an address is allocated."""
        schema.PUT.check(body)
        if body["sku"]["name"].lower() == "classic":
            message = "Classic SKU is now deprecated. Please select a managed SKU."
            raise failed(400, "ClassicSkuDeprecated", message)
        location = check_location(body.get("location"), TYPE)
        if not _NAME.match(name):
            raise failed(400, "InvalidResourceName", _NAME_RULE)
        check_tags(body.get("tags"))
        old = self.find(group, name)
        if old is None:
            if self.is_taken(name):
                message = (
                    f"The registry DNS name {name.lower()}.azurecr.io is already in use. You can check if the name is "
                    "already claimed using following API: "
                    "https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability"
                )
                raise failed(409, "AlreadyInUse", message)
        elif old.body["location"] != location:
            raise location_fixed(name, group, old.body["location"], location)
        self._check_tier(body["sku"]["name"], body.get("properties") or {})

    def put(
        self, group: str, name: str, body: dict[str, Any], login_server: str, caller: str, tenant_id: str, *, long: bool
    ) -> Change:
        """Create or replace; what a PUT leaves out goes back to its default. `long`: work follows, state not final."""
        old = self.find(group, name)
        sku = next(sku for sku in schema.SKUS if sku.lower() == body["sku"]["name"].lower())
        now = self._clock.now()
        stamp = isoformat(now).replace("Z", "+00:00")
        system = dict(old.body["systemData"]) if old else _created(caller, stamp)
        system |= _modified(caller, stamp)
        registry: dict[str, Any] = {
            "sku": {"name": sku, "tier": sku},
            "type": TYPE,
            "id": old.id if old else self.id_of(group, name),
            "name": old.body["name"] if old else name,
            "location": check_location(body.get("location"), TYPE),
            "tags": check_tags(body.get("tags")),
            "systemData": system,
        }
        if body.get("identity"):
            registry["identity"] = _identity(body["identity"], tenant_id, old.body.get("identity") if old else None)
        creation = old.body["properties"]["creationDate"] if old else isoformat(now)
        registry["properties"] = self._properties(body.get("properties") or {}, login_server, creation, stamp)
        if long:
            registry["properties"]["provisioningState"] = "Updating" if old else "Creating"
        private = None if old else {"passwords": [_password(), _password()]}
        self._store.put(KIND, registry["id"], registry, private)
        return Change(registry, old is None, long)

    def patch(self, group: str, name: str, body: dict[str, Any], caller: str, tenant_id: str) -> Change:
        """Change what the body names; `long` says whether Azure would answer with an operation."""
        schema.PATCH.check(body)
        document = self.get(group, name)
        self._require_settled(document)
        registry = document.body
        wanted = body.get("properties") or {}
        sku = body["sku"]["name"] if body.get("sku") else registry["sku"]["name"]
        if sku.lower() == "classic":
            raise failed(400, "ClassicSkuDeprecated", "Classic SKU is now deprecated. Please select a managed SKU.")
        self._check_tier(sku, wanted)
        sku = next(known for known in schema.SKUS if known.lower() == sku.lower())
        registry["sku"] = {"name": sku, "tier": sku}
        if body.get("tags") is not None:
            registry["tags"] = check_tags(body["tags"])
        stamp = isoformat(self._clock.now()).replace("Z", "+00:00")
        registry["systemData"] |= _modified(caller, stamp)
        long = bool(body.get("identity")) or any(wanted.get(name) is not None for name in _LONG_CHANGES)
        if body.get("identity"):
            registry["identity"] = _identity(body["identity"], tenant_id, registry.get("identity"))
        _merge(registry["properties"], wanted, stamp)
        if long:
            registry["properties"]["provisioningState"] = "Updating"
        self._store.put(KIND, document.id, registry)
        return Change(registry, False, long)

    def settle(self, resource_id: str, state: str) -> None:
        """The work is over: `Succeeded` or `Failed`."""
        document = self._store.get(KIND, resource_id)
        if document is not None:
            document.body["properties"]["provisioningState"] = state
            self._store.put(KIND, resource_id, document.body)

    def delete(self, resource_id: str) -> None:
        self._store.delete(KIND, resource_id)

    def _require_settled(self, document: Document) -> None:
        state = document.body["properties"]["provisioningState"]
        if state in ("Creating", "Updating", "Deleting"):
            name = document.body["name"]
            message = f"The registry '{name}' is in provisioning state '{state}'; wait until it is finished."
            raise failed(409, "Conflict", message)

    def require_settled(self, group: str, name: str) -> None:
        """409 while another write runs; nothing to say about a registry that does not exist."""
        document = self.find(group, name)
        if document is not None:
            self._require_settled(document)

    def _check_tier(self, sku: str, properties: dict[str, Any]) -> None:
        """Features a tier does not have. The rules are Azure's; the error's code is not recorded anywhere we know."""
        policies = properties.get("policies") or {}
        retention = (policies.get("retentionPolicy") or {}).get("status")
        rules = properties.get("networkRuleSet") or {}
        premium = {
            "zone redundancy": properties.get("zoneRedundancy") == "Enabled",
            "disabled public network access": properties.get("publicNetworkAccess") == "Disabled",
            "dedicated data endpoints": properties.get("dataEndpointEnabled") is True,
            "network rules": rules.get("defaultAction") == "Deny" or bool(rules.get("ipRules")),
            "a retention policy": retention == "enabled",
        }
        standard = {"anonymous pull": properties.get("anonymousPullEnabled") is True}
        for feature, asked in premium.items():
            if asked and sku.lower() != "premium":
                raise failed(400, "SkuNotSupported", f"The SKU {sku} does not support {feature}; it needs Premium.")
        for feature, asked in standard.items():
            if asked and sku.lower() == "basic":
                raise failed(400, "SkuNotSupported", f"The SKU {sku} does not support {feature}; it needs Standard.")

    def _properties(self, wanted: dict[str, Any], login_server: str, creation: str, stamp: str) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "loginServer": login_server,
            "creationDate": creation,
            "provisioningState": "Succeeded",
            "adminUserEnabled": False,
            "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
            "policies": {
                "quarantinePolicy": {"status": "disabled"},
                "trustPolicy": {"type": "Notary", "status": "disabled"},
                "retentionPolicy": {"days": 7, "lastUpdatedTime": stamp, "status": "disabled"},
                "exportPolicy": {"status": "enabled"},
                "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
                "softDeletePolicy": {"retentionDays": 7, "lastUpdatedTime": stamp, "status": "disabled"},
            },
            "encryption": {"status": "disabled"},
            "dataEndpointEnabled": False,
            "dataEndpointHostNames": [],
            "privateEndpointConnections": [],
            "publicNetworkAccess": "Enabled",
            "networkRuleBypassOptions": "AzureServices",
            "networkRuleBypassAllowedForTasks": False,
            "zoneRedundancy": "Disabled",
            "anonymousPullEnabled": False,
            "metadataSearch": "Disabled",
            "roleAssignmentMode": "LegacyRegistryPermissions",
            "autoGeneratedDomainNameLabelScope": "Unsecure",
        }
        _merge(properties, wanted, stamp)
        return properties

    # -- credentials -------------------------------------------------------------------------------------------------

    def credentials(self, document: Document) -> dict[str, Any]:
        """The body of listCredentials; 400 while the admin user is off."""
        if not document.body["properties"]["adminUserEnabled"]:
            message = (
                f"The admin user is disabled for the registry '{document.body['name']}'. Enable the admin user to get "
                "its credentials."
            )
            raise failed(400, "UnAuthorizedForCredentialOperations", message)
        first, second = document.private["passwords"]
        passwords = [{"name": "password", "value": first}, {"name": "password2", "value": second}]
        return {"username": document.body["name"], "passwords": passwords}

    def regenerate(self, document: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Replace one of the two passwords; the other stays."""
        schema.REGENERATE.check(body)
        self.credentials(document)
        index = 0 if body["name"].lower() == "password" else 1
        document.private["passwords"][index] = _password()
        self._store.put(KIND, document.id, document.body, document.private)
        return self.credentials(document)


def usages(sku: str, size: int, version: str) -> dict[str, Any]:
    """The body of listUsages for a registry that holds `size` bytes."""
    limit, webhooks = _INCLUDED[sku]
    rows = [("Size", limit, size, "Bytes"), ("Webhooks", webhooks, 0, "Count")]
    if version.removesuffix("-preview") >= "2019-12-01":
        premium = sku == "Premium"
        rows += [
            ("Geo-replications", -1 if premium else 0, 0, "Count"),
            ("IPRules", 100 if premium else 0, 0, "Count"),
            ("VNetRules", 100 if premium else 0, 0, "Count"),
            ("PrivateEndpointConnections", 200 if premium else 0, 0, "Count"),
            ("ScopeMaps", {"Basic": 100, "Standard": 500, "Premium": 50000}[sku], 0, "Count"),
            ("Tokens", {"Basic": 100, "Standard": 500, "Premium": 50000}[sku], 0, "Count"),
        ]
    return {"value": [{"name": n, "limit": top, "currentValue": now, "unit": unit} for n, top, now, unit in rows]}


def failed(status: int, code: str, message: str) -> ArmError:
    """An error in the provider's own form, with `status` beside `error`."""
    return ArmError(status, code, message, extra={"status": "Failed"})


def _merge(properties: dict[str, Any], wanted: dict[str, Any], stamp: str) -> None:
    read_only = (
        "loginServer",
        "creationDate",
        "provisioningState",
        "status",
        "dataEndpointHostNames",
        "privateEndpointConnections",
        "storageAccount",
    )
    for name, value in wanted.items():
        if value is None or name in read_only:
            continue
        if name == "policies":
            for policy, settings in value.items():
                current = properties["policies"][policy]
                given = {key: item for key, item in (settings or {}).items() if item is not None}
                given.pop("lastUpdatedTime", None)
                if "lastUpdatedTime" in current:
                    given["lastUpdatedTime"] = stamp
                properties["policies"][policy] = {**current, **given}
        elif isinstance(value, dict):
            properties[name] = {**properties.get(name, {}), **copy.deepcopy(value)}
        else:
            properties[name] = value


def _identity(wanted: dict[str, Any], tenant_id: str, old: dict[str, Any] | None) -> dict[str, Any]:
    kinds = {part.strip().lower() for part in wanted.get("type", "None").split(",")}
    unknown = kinds - {"systemassigned", "userassigned", "none"}
    if unknown:
        raise failed(400, "InvalidIdentityType", f"The identity type '{wanted.get('type')}' is not supported.")
    identity: dict[str, Any] = {"type": wanted.get("type", "None")}
    if "systemassigned" in kinds:
        identity["principalId"] = (old or {}).get("principalId") or str(uuid.uuid4())
        identity["tenantId"] = tenant_id
    if "userassigned" in kinds:
        identity["userAssignedIdentities"] = {name: {} for name in wanted.get("userAssignedIdentities") or {}}
    return identity


def _created(caller: str, stamp: str) -> dict[str, str]:
    return {"createdBy": caller, "createdByType": "Application", "createdAt": stamp}


def _modified(caller: str, stamp: str) -> dict[str, str]:
    return {"lastModifiedBy": caller, "lastModifiedByType": "Application", "lastModifiedAt": stamp}


def _password() -> str:
    """52 characters, as Azure's newer admin passwords have."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(52))
