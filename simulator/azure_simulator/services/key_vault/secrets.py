"""The secrets of one vault: versions, attributes, soft deletion."""

from __future__ import annotations

import re
import uuid
from typing import Any

from azure_simulator.core.body import Object
from azure_simulator.core.clock import Clock
from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Document, Store
from azure_simulator.services.key_vault import schema
from azure_simulator.services.key_vault.errors import VaultError, bad_parameter, secret_not_found

VERSIONS = "secretVersions"
DELETED = "deletedSecrets"
_NAME = re.compile(r"^[0-9A-Za-z-]{1,127}$")
_MAX_BYTES = 25 * 1024
_DAY = 86_400


class Secrets:
    """What is in a vault. A secret is the list of its versions; the last one is the current one."""

    def __init__(self, store: Store, clock: Clock, vault: Document) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._uri = str(vault.body["properties"]["vaultUri"])

    # -- reading -----------------------------------------------------------------------------------------------------

    def get(self, name: str, version: str | None) -> dict[str, Any]:
        """The bundle with its value; 403 for a disabled one."""
        document = self._version(name, version)
        if not document.body["attributes"]["enabled"]:
            message = "Operation get is not allowed on a disabled secret."
            raise VaultError(403, "Forbidden", message, "SecretDisabled")
        return {"value": document.private["value"], **self._shown(document)}

    def current(self) -> list[dict[str, Any]]:
        """The current version of every secret, by name, without value; the id names no version."""
        latest = {document.id.split("/")[-2].lower(): document for document in self._documents()}
        return [
            {**self._shown(document), "id": f"{self._uri}secrets/{document.id.split('/')[-2]}"}
            for _, document in sorted(latest.items())
        ]

    def versions(self, name: str) -> list[dict[str, Any]]:
        """All versions of a secret, without value."""
        return [self._shown(document) for document in self._documents(_checked(name))]

    def _documents(self, name: str | None = None) -> list[Document]:
        below = f"{self._vault.id}/secrets/{name}/" if name else f"{self._vault.id}/secrets/"
        return self._store.list(VERSIONS, below)

    def _version(self, name: str, version: str | None) -> Document:
        versions = self._documents(_checked(name))
        if version is not None:
            versions = [document for document in versions if document.id.rsplit("/", 1)[-1] == version.lower()]
        if not versions:
            raise secret_not_found(name)
        return versions[-1]

    def _shown(self, document: Document) -> dict[str, Any]:
        name, version = document.id.split("/")[-2:]
        return {"id": f"{self._uri}secrets/{name}/{version}", **document.body}

    # -- writing -----------------------------------------------------------------------------------------------------

    def set(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new version; 409 while a deleted secret holds the name."""
        _check(schema.SET_SECRET, body)
        if len(body["value"].encode()) > _MAX_BYTES:
            raise bad_parameter("The value of the secret is longer than 25 KB.")
        if self._store.get(DELETED, self._deleted_id(_checked(name))) is not None:
            message = (
                f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in "
                "this state, the secret can only be recovered or purged."
            )
            raise VaultError(409, "Conflict", message, "ObjectIsDeletedButRecoverable")
        now = int(self._clock.timestamp())
        attributes = {"enabled": True, **_given(body, "attributes"), "created": now, "updated": now}
        secret = {"attributes": attributes | self._recovery(), **_metadata(body)}
        document = self._store.put(
            VERSIONS,
            f"{self._vault.id}/secrets/{self._spelling(name)}/{uuid.uuid4().hex}",
            secret,
            {"value": body["value"]},
        )
        return {"value": body["value"], **self._shown(document)}

    def update(self, name: str, version: str | None, body: dict[str, Any]) -> dict[str, Any]:
        """Change attributes, content type or tags of a version (the current one without a version)."""
        _check(schema.UPDATE_SECRET, body)
        document = self._version(name, version)
        attributes = {**document.body["attributes"], **_given(body, "attributes")}
        attributes |= {"updated": int(self._clock.timestamp()), **self._recovery()}
        document.body |= {"attributes": attributes, **_metadata(body)}
        self._store.put(VERSIONS, document.id, document.body)
        return self._shown(document)

    def delete(self, name: str) -> dict[str, Any]:
        """Delete softly; what a deleted secret looks like."""
        current = self._version(name, None)
        now = int(self._clock.timestamp())
        shown = self._shown(current)
        deleted = {
            "recoveryId": f"{self._uri}deletedsecrets/{self._spelling(name)}",
            "deletedDate": now,
            "scheduledPurgeDate": now + self._retention * _DAY,
            **shown,
        }
        with self._store.transaction():
            self._store.put(DELETED, self._deleted_id(name), deleted)
            self._drop(name)
        return deleted

    def deleted(self, name: str) -> dict[str, Any]:
        """A deleted secret, without value."""
        document = self._store.get(DELETED, self._deleted_id(_checked(name)))
        if document is None:
            raise secret_not_found(name)
        return document.body

    def purge(self, name: str) -> None:
        """Let go of a deleted secret and its name."""
        self.deleted(name)
        if self._vault.body["properties"].get("enablePurgeProtection"):
            message = "Operation purge is not allowed: purge protection is enabled."
            raise VaultError(403, "Forbidden", message, "ForbiddenByPolicy")
        self._store.delete(DELETED, self._deleted_id(name))

    def clear(self) -> None:
        """Remove everything; the vault is going away."""
        for kind in (VERSIONS, DELETED):
            for document in self._store.list(kind, f"{self._vault.id}/"):
                self._store.delete(kind, document.id)

    def _drop(self, name: str) -> None:
        for document in self._documents(name):
            self._store.delete(VERSIONS, document.id)

    def _deleted_id(self, name: str) -> str:
        return f"{self._vault.id}/deletedsecrets/{name}"

    def _spelling(self, name: str) -> str:
        """The case the secret was first created with."""
        known = self._documents(name)
        return known[0].id.split("/")[-2] if known else name

    @property
    def _retention(self) -> int:
        return int(self._vault.body["properties"]["softDeleteRetentionInDays"])

    def _recovery(self) -> dict[str, Any]:
        protected = self._vault.body["properties"].get("enablePurgeProtection")
        level = "Recoverable" if protected else "Recoverable+Purgeable"
        return {"recoveryLevel": level, "recoverableDays": self._retention}


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise bad_parameter(f"The request URI contains an invalid name: {name}")
    return name


def _check(kind: Object, body: dict[str, Any]) -> None:
    try:
        kind.check(body)
    except ArmError as error:
        raise bad_parameter(error.message) from error


def _given(body: dict[str, Any], name: str) -> dict[str, Any]:
    """The members of an object that are there, without what only the vault may say."""
    read_only = ("created", "updated", "recoveryLevel", "recoverableDays")
    return {key: value for key, value in (body.get(name) or {}).items() if value is not None and key not in read_only}


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("contentType", "tags") if body.get(key) is not None}
