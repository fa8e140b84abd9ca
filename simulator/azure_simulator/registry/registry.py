"""One registry as its routes see it."""

from __future__ import annotations

from dataclasses import dataclass

from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.registry.access import Access
from azure_simulator.registry.blobs import BlobStore
from azure_simulator.registry.repositories import Repositories
from azure_simulator.services.identity.routes import IdentityService


@dataclass(frozen=True)
class Registry:
    """The registry's resource, its content and its permissions, as they are now."""

    document: Document
    repositories: Repositories
    blobs: BlobStore
    access: Access

    @property
    def login_server(self) -> str:
        return str(self.document.body["properties"]["loginServer"])


def open_registry(context: Context, blobs: BlobStore, document: Document) -> Registry:
    """Bring the parts of a registry together."""
    directory = context.service(IdentityService).directory
    return Registry(
        document,
        Repositories(context.store, blobs, context.clock, document.id),
        blobs,
        Access(document, context.authorizer, directory, context.tokens),
    )
