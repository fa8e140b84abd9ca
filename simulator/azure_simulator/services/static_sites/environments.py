"""The environments of static web apps, which Azure calls builds: `default` is production, the others are previews."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.store import Document, Store
from azure_simulator.services.static_sites import rules
from azure_simulator.services.static_sites.errors import WebError

KIND = "staticSiteBuilds"


class Environments:
    """All environments of all sites. What is private in one is its content: `version`, `previous`, `bytes`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def list(self, scope: str = "") -> list[Document]:
        """Those of a site or a group, by its id; all without one."""
        return self._store.list(KIND, f"{scope.rstrip('/')}/" if scope else "")

    def id_of(self, site: Document, name: str) -> str:
        return f"{site.id}/builds/{name}"

    def by_id(self, build_id: str) -> Document | None:
        return self._store.get(KIND, build_id)

    def find(self, site: Document, name: str) -> Document | None:
        return self.by_id(self.id_of(site, name))

    def get(self, site: Document, name: str) -> Document:
        document = self.find(site, name)
        if document is None:
            raise WebError(404, "NotFound", f"Cannot find static site build with name {name}.", "51004")
        return document

    def previews(self, site: Document) -> int:
        return sum(document.body["name"] != rules.DEFAULT for document in self.list(site.id))

    def create(self, site: Document, name: str, host: str) -> Document:
        """An environment without content, which waits for it."""
        now = isoformat(self._clock.now())
        document: dict[str, Any] = {
            "id": self.id_of(site, name),
            "name": name,
            "type": f"{rules.TYPE}/builds",
            "location": site.body["location"],
            "properties": {
                "buildId": name,
                "sourceBranch": site.body["properties"]["branch"] if name == rules.DEFAULT else None,
                "pullRequestTitle": None,
                "hostname": host,
                "createdTimeUtc": now,
                "lastUpdatedOn": now,
                "status": "WaitingForDeployment",
                "userProvidedFunctionApps": None,
                "linkedBackends": [],
                "databaseConnections": [],
            },
        }
        return self._store.put(KIND, document["id"], document, {"version": None, "previous": None, "bytes": 0})

    def mark(self, build_id: str, status: str) -> None:
        """Say what is being done to an environment."""
        document = self.by_id(build_id)
        if document is not None:
            document.body["properties"] |= {"status": status, "lastUpdatedOn": isoformat(self._clock.now())}
            self._store.put(KIND, document.id, document.body)

    def serve(self, build_id: str, version: str, size: int) -> str | None:
        """From now on a version is what is served: one write.

        The version before is kept for answers that are on their way. What is returned is needed no more.
        """
        document = self.by_id(build_id)
        if document is None:
            return version
        before, oldest = document.private["version"], document.private["previous"]
        document.body["properties"] |= {"status": "Ready", "lastUpdatedOn": isoformat(self._clock.now())}
        if before == version:  # again, after a kill
            self._store.put(KIND, document.id, document.body)
            return None
        private = {"version": version, "previous": before, "bytes": size}
        self._store.put(KIND, document.id, document.body, private)
        return str(oldest) if oldest else None

    def delete(self, document: Document) -> None:
        self._store.delete(KIND, document.id)
