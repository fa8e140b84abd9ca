# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Database for PostgreSQL flexible servers, API version 2026-10-01, in Azure's own words. Private.

Three majors of azure-mgmt-postgresqlflexibleservers differ in the names of operations and in the shape of their models.
This file alone knows them: it speaks to major 3, and everybody else passes and gets Azure's JSON.
Source: U(https://learn.microsoft.com/rest/api/postgresql/).
"""

from __future__ import annotations

import enum
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    Session,
    call,
    collect,
    encode,
    find,
    load,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

PACKAGE = "azure.mgmt.postgresqlflexibleservers"
PROVIDER = "Microsoft.DBforPostgreSQL"
_MAJOR = "3"


class Child(enum.Enum):
    """What belongs to a server: the operator's words, the SDK's operation group, and its operation that writes."""

    FIREWALL_RULE = ("firewall rule", "firewall_rules", "begin_create_or_update")
    DATABASE = ("database", "databases", "begin_create")
    CONFIGURATION = ("server parameter", "configurations", "begin_update")
    BACKUP = ("backup", "backups_automatic_and_on_demand", "begin_create")

    def __init__(self, words: str, group: str, write: str) -> None:
        self.words, self.group, self.write = words, group, write


class ServerApi:
    """The requests about one server and what belongs to it.

    Every write is answered with an operation and never with the resource, so an answer's body is left empty.
    """

    def __init__(self, session: Session, group: str, name: str) -> None:
        self._session = session
        self._client = _client(session)
        self._where = (group, name)
        self.name = name
        self.what = f"PostgreSQL server {name}"

    @property
    def id(self) -> str:
        """The server's resource id, whether it exists or not."""
        return self._session.resource_id(self._where[0], PROVIDER, "flexibleServers", self.name)

    def read(self) -> Body | None:
        """Return the server, or None if there is none."""
        return find(f"Reading {self.what}", self._client.servers.get, *self._where)

    def ask(self) -> Answer:
        """Return Azure's answer to reading the server, whose headers say when that was.

        :raises OperationsError: also when the server does not exist.
        """
        return call(f"Reading {self.what}", self._client.servers.get, *self._where)

    def create(self, body: Body) -> Answer:
        """Start to create the server."""
        return _start(f"Creating {self.what}", self._client.servers.begin_create_or_update, *self._where, encode(body))

    def update(self, body: Body) -> Answer:
        """Start to change just what the body names; only C(tags) are replaced as a whole."""
        return _start(f"Updating {self.what}", self._client.servers.begin_update, *self._where, encode(body))

    def delete(self) -> Answer:
        """Start to delete the server with its databases and backups."""
        return _start(f"Deleting {self.what}", self._client.servers.begin_delete, *self._where)

    def start(self) -> Answer:
        """Start to start the server."""
        return _start(f"Starting {self.what}", self._client.servers.begin_start, *self._where)

    def stop(self) -> Answer:
        """Start to stop the server."""
        return _start(f"Stopping {self.what}", self._client.servers.begin_stop, *self._where)

    def restart(self) -> Answer:
        """Start to restart the server."""
        return _start(f"Restarting {self.what}", self._client.servers.begin_restart, *self._where)

    def describe(self, kind: Child, name: str) -> str:
        """Return the operator's words for something of this server."""
        return f"{kind.words} {name} of {self.what}"

    def list(self, kind: Child) -> list[Body]:
        """Return everything of one kind.

        :raises OperationsError: also when the server does not exist.
        """
        return collect(f"Listing the {kind.words}s of {self.what}", self._group(kind).list_by_server, *self._where)

    def read_child(self, kind: Child, name: str) -> Body | None:
        """Return something of this server, or None if it or the server does not exist."""
        try:
            return find(f"Reading {self.describe(kind, name)}", self._group(kind).get, *self._where, name)
        except OperationsError as error:
            # No list of the provider's own codes for a missing child exists; only a subscription's 404 is an error too.
            if error.status == 404 and "Subscription" not in error.code:
                return None
            raise

    def write_child(self, kind: Child, name: str, body: Body | None = None) -> Answer:
        """Start to create or change something of this server; a backup takes no body."""
        write = getattr(self._group(kind), kind.write)
        content = () if body is None else (encode(body),)
        return _start(f"Writing {self.describe(kind, name)}", write, *self._where, name, *content)

    def delete_child(self, kind: Child, name: str) -> Answer:
        """Start to delete something of this server."""
        return _start(f"Deleting {self.describe(kind, name)}", self._group(kind).begin_delete, *self._where, name)

    def _group(self, kind: Child) -> t.Any:
        return getattr(self._client, kind.group)


def list_servers(session: Session, group: str) -> list[Body]:
    """Return all servers of a resource group.

    :raises OperationsError: also when the group does not exist.
    """
    servers = _client(session).servers
    return collect(f"Listing the PostgreSQL servers of {group}", servers.list_by_resource_group, group)


def state(server: Body) -> str:
    """Return C(Ready), C(Stopped), C(Updating) and so on: a server has no provisioningState."""
    return str(server["properties"].get("state") or "")


def pending(server: Body) -> str:
    """Return what Azure is still doing to a server, or an empty string."""
    present = state(server)
    return present if present.lower() in _PENDING else ""


_PENDING = frozenset({"starting", "stopping", "updating", "restarting", "provisioning", "dropping"})


def _client(session: Session) -> t.Any:
    version = str(load(PACKAGE, "__version__"))
    if version.partition(".")[0] != _MAJOR:
        raise OperationsError(
            f"The installed azure-mgmt-postgresqlflexibleservers is version {version}, and major version {_MAJOR} is"
            " needed",
            code="PackageVersion",
            remedy="Install it for the Python that runs this module: "
            f"pip install 'azure-mgmt-postgresqlflexibleservers=={_MAJOR}.*'.",
        )
    return session.client(PACKAGE, "PostgreSQLManagementClient")


def _start(doing: str, function: t.Callable[..., t.Any], *args: t.Any) -> Answer:
    return start(doing, function, *args)._replace(body={})
