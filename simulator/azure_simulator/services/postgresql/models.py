"""The servers of the subscription: which there are, what may be written, and their states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure_simulator.core.clock import Clock
from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import ArmError, location_fixed
from azure_simulator.core.operations import Operations
from azure_simulator.core.providers import check_location, region_name
from azure_simulator.core.store import Document, Store
from azure_simulator.services.postgresql import documents, errors, rules, schema
from azure_simulator.services.postgresql.documents import TYPE
from azure_simulator.services.resources.models import check_tags

KIND = "postgresqlServers"
RESERVED = "reservedPostgresqlNames"
RESTORE = "pointintimerestore"
_UNSUPPORTED_MODES = ("georestore", "replica", "revivedropped")


@dataclass(frozen=True)
class Restore:
    """Where a new server's data comes from, and of which moment (UTC)."""

    source: Document
    moment: datetime


class Servers(Collection):
    """Flexible servers. Names are unique in all of Azure.

    A change waits in the private part of the document (`next`, `password`) until its operation is over.
    """

    def __init__(self, store: Store, clock: Clock, operations: Operations, subscription_id: str) -> None:
        super().__init__(store, subscription_id, KIND, TYPE, RESERVED)
        self._clock = clock
        self._operations = operations

    # -- what may be written -----------------------------------------------------------------------------------------

    def name_availability(self, name: str, kind: str) -> dict[str, Any]:
        """The body of checkNameAvailability."""
        answer: dict[str, Any] = {"name": name, "type": kind, "nameAvailable": True, "message": ""}
        if not rules.NAME.match(name):
            answer |= {"nameAvailable": False, "reason": "Invalid", "message": rules.NAME_MESSAGE}
        elif self.is_taken(name):
            message = "Specified server name is already used."
            answer |= {"nameAvailable": False, "reason": "AlreadyExists", "message": message}
        return answer

    def check_put(self, group: str, name: str, body: dict[str, Any], version: str) -> Document | None:
        """What can refuse any PUT; the server if there is one already."""
        schema.server(version).check(body)
        location = check_location(body.get("location"), TYPE)
        check_tags(body.get("tags"))
        if body.get("identity"):
            raise errors.not_simulated("Identities of servers are")
        old = self.find(group, name)
        if old is None:
            rules.check_name(name)
            if self.is_taken(name):
                # code is a guess
                raise ArmError(409, "ServerNameAlreadyExists", f"Specified server name '{name}' is already used.")
        elif region_name(old.body["location"]) != location:
            raise location_fixed(name, group, region_name(old.body["location"]), location)
        mode = _mode(body)
        if mode in _UNSUPPORTED_MODES:
            raise errors.not_simulated("Create modes other than Create, Update and PointInTimeRestore are")
        if old is not None and mode == RESTORE:
            # A restore never overwrites; the code is a guess.
            raise ArmError(409, "ServerAlreadyExists", f"Server '{name}' already exists; restore to a new server.")
        if old is None and mode == "update":
            raise errors.child_not_found(TYPE, name)
        rules.check_properties(body.get("properties") or {})
        return old

    def require_idle(self, server: Document, *, child: bool = False) -> None:
        """409 while another write to the server, or to something of it, goes on."""
        if self._operations.active(server.id) is not None:
            name = server.body["name"]
            raise errors.child_is_busy(name) if child else errors.server_is_busy(name)

    def require_running(self, server: Document) -> None:
        """400 for a stopped server, 500 (as reported) for one that is still made."""
        match server.body["properties"]["state"]:
            case "Stopped" | "Stopping" | "Starting":
                raise errors.server_stopped(server.body["name"])
            case "Provisioning" | "Dropping":
                raise errors.internal()

    # -- new servers -------------------------------------------------------------------------------------------------

    def draft(self, group: str, name: str, body: dict[str, Any], address: str) -> tuple[dict[str, Any], str]:
        """The document of a new server and its password; 400 for what a new server lacks."""
        properties = body.get("properties") or {}
        if not body.get("sku"):
            raise errors.invalid_parameter("sku")
        login = rules.check_login(properties.get("administratorLogin"))
        password = rules.check_password(properties.get("administratorLoginPassword"), login)
        document = documents.merge(self._new(group, name, body, address), body)
        document["properties"]["administratorLogin"] = login
        return document, password

    def draft_restore(
        self, group: str, name: str, body: dict[str, Any], address: str, restore: Restore
    ) -> dict[str, Any]:
        """The document of a restored server: its source's, without high availability.

        Retention is the source's whatever the PUT says (recorded). Tags are those of the PUT.
        """
        source = restore.source.body
        if region_name(source["location"]) != check_location(body["location"], TYPE):
            raise errors.invalid_parameter("location")
        properties = body.get("properties") or {}
        if properties.get("version") not in (None, source["properties"]["version"]):
            raise errors.invalid_parameter("version")
        document = self._new(group, name, body, address)
        inherited = {
            key: source["properties"][key] for key in ("storage", "authConfig", "network", "version", "backup")
        }
        inherited["backup"] = {key: value for key, value in inherited["backup"].items() if key != "earliestRestoreDate"}
        document = documents.merge(document, {"sku": source["sku"], "properties": inherited})
        rules.check_change(
            document | {"properties": {**document["properties"], "administratorLogin": ""}},
            {"storage": properties.get("storage")},
        )
        document = documents.merge(
            document, {**body, "properties": {**properties, "backup": None, "highAvailability": None}}
        )
        document["properties"]["administratorLogin"] = source["properties"]["administratorLogin"]
        rules.check_restored_tier(source["sku"]["tier"], document["sku"]["tier"])
        return document

    def _new(self, group: str, name: str, body: dict[str, Any], address: str) -> dict[str, Any]:
        location = check_location(body["location"], TYPE)
        document = documents.new(self.id_of(group, name), name, location, address, self._clock.now())
        # Shown only when sent.
        return document | ({"tags": {}} if body.get("tags") is not None else {})

    def add(self, body: dict[str, Any], private: dict[str, Any]) -> Document:
        """Store a new server."""
        return self._store.put(KIND, body["id"], body, private)

    # -- changes -----------------------------------------------------------------------------------------------------

    def change(self, server: Document, body: dict[str, Any], *, put: bool) -> dict[str, Any]:
        """The whole document as the change would leave it; refuses what an existing server cannot become."""
        wanted = dict(body.get("properties") or {})
        rules.check_properties(wanted)
        rules.check_change(server.body, wanted)
        if wanted.get("administratorLoginPassword") is not None:
            rules.check_password(wanted["administratorLoginPassword"], server.body["properties"]["administratorLogin"])
        changed = documents.merge(server.body, body)
        if put and body.get("tags") is None:
            # A PUT says all tags, as everywhere in Azure; for this provider it is a guess.
            changed.pop("tags", None)
        return changed

    def begin(self, server: Document, state: str, **private: Any) -> None:
        """The server's state while an operation goes on, and what the operation needs."""
        server.body["properties"]["state"] = state
        self._store.put(KIND, server.id, server.body, {**server.private, **private})

    def settle(self, resource_id: str, state: str, *, apply: bool = False, **private: Any) -> None:
        """The operation is over: its change is taken over, or forgotten."""
        server = self.by_id(resource_id)
        if server is None:
            return
        private = {**server.private, **private}
        changed = private.pop("next", None)
        private.pop("password", None)
        body = changed if apply and changed is not None else server.body
        body["properties"]["state"] = state
        self._store.put(KIND, server.id, body, private)

    def set_earliest(self, server_id: str, moment: str) -> None:
        """From when on the server can be restored, machine time."""
        server = self.by_id(server_id)
        if server is not None:
            for body in (server.body, server.private.get("next", server.body)):
                body["properties"]["backup"]["earliestRestoreDate"] = moment
            self.save(server)

    def save(self, server: Document) -> None:
        """Store a changed private part."""
        self._store.put(KIND, server.id, server.body, server.private)

    def remove(self, resource_id: str) -> None:
        self._store.delete(KIND, resource_id)


def _mode(body: dict[str, Any]) -> str:
    return str((body.get("properties") or {}).get("createMode") or "default").lower()


def is_restore(body: dict[str, Any]) -> bool:
    """Whether a PUT asks for a point-in-time restore."""
    return _mode(body) == RESTORE
