# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small resources without a package worth importing: managed identities, role assignments. Private to this collection.

They go through the generic resource operations of azure-mgmt-resource, with the API version named by the caller; their
own
SDK packages would cost every run a tenth of a second and nine megabytes.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    Session,
    encode,
    find,
    start,
)


class GenericResource:
    """One resource id with its API version."""

    def __init__(self, session: Session, resource_id: str, api_version: str, what: str) -> None:
        self._operations = session.client("azure.mgmt.resource.resources", "ResourceManagementClient").resources
        self._id = resource_id.lstrip("/")
        self._version = {"api_version": api_version}
        self._what = what

    def get(self) -> Body | None:
        return find(f"Reading {self._what}", self._operations.get_by_id, self._id, **self._version)

    def list(self, query: str) -> list[Body]:
        """Return the members of a collection, when the id is that of one, filtered by C(query)."""
        doing = f"Listing {self._what}"
        found = find(doing, self._operations.get_by_id, self._id, **self._version, params={"$filter": query})
        return t.cast("list[Body]", (found or {}).get("value") or [])

    def put(self, body: Body) -> Answer:
        begin = self._operations.begin_create_or_update_by_id
        return start(f"Writing {self._what}", begin, self._id, parameters=encode(body), **self._version)

    def delete(self) -> Answer:
        return start(f"Deleting {self._what}", self._operations.begin_delete_by_id, self._id, **self._version)
