"""Images of the simulated registries for whoever runs them: resolve and read with a credential, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from azure_simulator.registry.access import Subject
from azure_simulator.registry.errors import blob_unknown
from azure_simulator.registry.registry import Registry
from azure_simulator.registry.repositories import Manifest


class RegistryUnknown(LookupError):
    """No simulated registry answers at that login server."""


class PullDenied(PermissionError):
    """The credential is wrong, or may not pull."""


@dataclass(frozen=True)
class PasswordCredential:
    """Admin user or service principal."""

    username: str
    password: str


@dataclass(frozen=True)
class IdentityCredential:
    """A managed identity, by its principal (object) id."""

    principal_id: str


Credential = PasswordCredential | IdentityCredential | None


class Images:
    """Pulls. `registry` finds a registry by its login server, None when there is none."""

    def __init__(self, registry: Callable[[str], Registry | None]) -> None:
        self._registry = registry

    def resolve(self, login_server: str, repository: str, reference: str, credential: Credential) -> Manifest:
        """The manifest of a tag or digest.

        Raises RegistryUnknown, PullDenied, or RegistryError (NAME_UNKNOWN, MANIFEST_UNKNOWN) when it is not there.
        """
        registry = self._allowed(login_server, credential)
        return registry.repositories.resolve(repository, reference)

    def open_blob(self, login_server: str, repository: str, digest: str, credential: Credential) -> BinaryIO:
        """A blob, opened for reading; RegistryUnknown, PullDenied, or RegistryError BLOB_UNKNOWN."""
        registry = self._allowed(login_server, credential)
        if not registry.repositories.has_blob(repository, digest):
            raise blob_unknown(digest)
        return registry.blobs.path(digest).open("rb")

    def _allowed(self, login_server: str, credential: Credential) -> Registry:
        registry = self._registry(login_server)
        if registry is None:
            raise RegistryUnknown(login_server)
        subject: Subject | None
        if isinstance(credential, PasswordCredential):
            subject = registry.access.password(credential.username, credential.password)
        elif isinstance(credential, IdentityCredential):
            subject = Subject("principal", credential.principal_id)
        else:
            subject = Subject("anonymous", "")
        if subject is None or "pull" not in registry.access.actions(subject):
            raise PullDenied(login_server)
        return registry
