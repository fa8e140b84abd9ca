"""What the service refuses of a server's body, at once or after having accepted it."""

from __future__ import annotations

import re
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.services.postgresql import catalog, errors

NAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$")
NAME_MESSAGE = (
    "Specified server name contains unsupported characters or is too long. Server name must be no longer than 63 "
    "characters long, contain only lower-case characters or digits, cannot contain '.' or '_' characters and can't "
    "start or end with '-' character."
)
_LOGIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
# https://learn.microsoft.com/azure/postgresql/flexible-server/quickstart-create-server
_RESERVED_LOGINS = frozenset(
    {"azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public", "azuresu"}
)
_KINDS = (r"[A-Z]", r"[a-z]", r"[0-9]", r"[^A-Za-z0-9]")
_PASSWORD_KINDS = 3
_LOGIN_PART = 3
_RETENTION = range(7, 36)


def check_name(name: str) -> None:
    """Lower-case letters, digits and hyphens, 3 to 63."""
    if not NAME.match(name):
        raise errors.invalid_parameter("serverName")


def check_login(login: str | None) -> str:
    """The administrator's login; required of a new server."""
    if not login or not _LOGIN.match(login):
        raise errors.invalid_parameter("administratorLogin")
    if login.lower() in _RESERVED_LOGINS or login.lower().startswith("pg_"):
        message = f"The administrator login name '{login}' is reserved. Choose another one."
        raise ArmError(400, "ReservedLoginName", message)  # code is a guess
    return login


def check_password(password: str | None, login: str) -> str:
    """8 to 128 characters, three of four kinds, no part of the login. Codes are guesses, the rules are Azure's."""
    if not password or not 8 <= len(password) <= 128:
        message = "Password validation failed. The password must have 8 to 128 characters."
        raise ArmError(400, "PasswordTooShort" if not password or len(password) < 8 else "PasswordTooLong", message)
    if sum(1 for kind in _KINDS if re.search(kind, password)) < _PASSWORD_KINDS:
        message = (
            "Password validation failed. The password does not meet policy requirements because it is not complex "
            "enough: it must hold three of upper-case letters, lower-case letters, digits and other characters."
        )
        raise ArmError(400, "PasswordNotComplex", message)
    lowered = password.lower()
    parts = (run for run in re.findall(r"[a-z0-9]+", login.lower()) if len(run) >= _LOGIN_PART)
    if any(run[start : start + _LOGIN_PART] in lowered for run in parts for start in range(len(run) - _LOGIN_PART + 1)):
        message = "Password validation failed. The password must not contain three or more characters of the login."
        raise ArmError(400, "PasswordNotComplex", message)
    return password


def check_properties(wanted: dict[str, Any]) -> None:
    """Values that fit nowhere, whatever the server; refused at once."""
    _check_not_simulated(wanted)
    storage = wanted.get("storage") or {}
    size = storage.get("storageSizeGB")
    if size is not None and size not in catalog.STORAGE:
        raise errors.invalid_parameter("StorageSizeGB")
    retention = (wanted.get("backup") or {}).get("backupRetentionDays")
    if retention is not None and retention not in _RETENTION:
        raise errors.invalid_parameter(str(retention))
    version = wanted.get("version")
    if version is not None and version not in catalog.VERSIONS:
        raise errors.invalid_parameter("version")


def _check_not_simulated(wanted: dict[str, Any]) -> None:
    storage, network = wanted.get("storage") or {}, wanted.get("network") or {}
    if (storage.get("type") or "Premium_LRS").lower() != "premium_lrs" or storage.get("throughput"):
        raise errors.not_simulated("Storage other than Premium_LRS is")
    if network.get("delegatedSubnetResourceId") or network.get("privateDnsZoneArmResourceId"):
        raise errors.not_simulated("Servers in virtual networks are")
    if _word((wanted.get("dataEncryption") or {}).get("type"), "SystemManaged") != "systemmanaged":
        raise errors.not_simulated("Customer managed keys are")
    authentication = wanted.get("authConfig") or {}
    if _word(authentication.get("activeDirectoryAuth"), "Disabled") == "enabled":
        raise errors.not_simulated("Microsoft Entra authentication of databases is")
    if _word(authentication.get("passwordAuth"), "Enabled") == "disabled":
        raise errors.not_simulated("Servers without password authentication are")
    if wanted.get("cluster"):
        raise errors.not_simulated("Elastic clusters are")
    if _word((wanted.get("replica") or {}).get("role"), "Primary") not in ("primary", "none"):
        raise errors.not_simulated("Read replicas are")


def _word(value: Any, default: str) -> str:
    return str(value or default).lower()


def unfit(body: dict[str, Any]) -> ArmError | None:
    """What does not fit together in a whole document.

    The recorded service accepts a change to a size of another tier and then fails; that other combinations are
    treated the same way, and that new servers are refused at once, are guesses.
    """
    tier, properties = body["sku"]["tier"], body["properties"]
    sku = catalog.sku(body["sku"]["name"])
    if sku is None or sku.tier != tier:
        message = (
            "The requested server edition is incompatible with requested Sku Size. Please refer "
            "https://aka.ms/postgres-flexible-server-compute-storage for the supported sizes."
        )
        return ArmError(400, "ServerEditionIncompatibleWithSkuSize", message)
    if tier == catalog.BURSTABLE and properties["highAvailability"]["mode"] != "Disabled":
        message = "High availability is not supported for the Burstable tier."
        return ArmError(400, "HighAvailabilityNotSupportedForBurstable", message)  # code is a guess
    storage = properties["storage"]
    if storage["tier"] not in catalog.performance_tiers(storage["storageSizeGB"]):
        return errors.invalid_parameter("tier")
    return None


def check_fit(body: dict[str, Any]) -> None:
    """Refuse a new server that does not fit together."""
    if (error := unfit(body)) is not None:
        raise error


def check_change(old: dict[str, Any], wanted: dict[str, Any]) -> None:
    """What an existing server cannot become; refused at once. Codes other than InvalidParameterValue are guesses."""
    have = old["properties"]
    size = (wanted.get("storage") or {}).get("storageSizeGB")
    if size is not None and size < have["storage"]["storageSizeGB"]:
        message = f"Storage cannot shrink: the server has {have['storage']['storageSizeGB']} GB."
        raise ArmError(400, "StorageSizeReductionNotSupported", message)
    version = wanted.get("version")
    if version is not None and int(version) < int(have["version"]):
        message = f"The server has version {have['version']}; a version cannot be downgraded to {version}."
        raise ArmError(400, "VersionDowngradeNotSupported", message)
    login = wanted.get("administratorLogin")
    if login is not None and login != have["administratorLogin"]:
        raise errors.invalid_parameter("administratorLogin")
    redundancy = (wanted.get("backup") or {}).get("geoRedundantBackup")
    if redundancy is not None and redundancy.lower() != have["backup"]["geoRedundantBackup"].lower():
        raise errors.invalid_parameter("geoRedundantBackup")


def check_restored_tier(source: str, target: str) -> None:
    """A restored server's tier is not below its source's; the code is a guess."""
    if catalog.TIERS.index(target) < catalog.TIERS.index(source):
        message = f"A server of tier {source} cannot be restored to the lower tier {target}."
        raise ArmError(400, "RestoreToLowerTierNotSupported", message)
