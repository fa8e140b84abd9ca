# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a backup is: a stack's, of one server, of one database. Pure; private to this collection.

What a manifest does not say, as those of earlier versions do not, fits everybody: so an old backup stays its owner's,
and is another's only where something in it says so.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump, Mark


@dataclasses.dataclass(frozen=True, kw_only=True)
class Owner:
    """Who asks; what is None does not matter.

    :param stack: in words that no other stack uses. All backups with a prefix have to be the same stack's.
    :param server: the name of the server in Azure.
    :param database: whose dumps are meant. A mark is of the server, and so of every database.
    """

    stack: str | None = None
    server: str | None = None
    database: str | None = None

    @classmethod
    def of(cls, params: Params) -> Owner:
        """Return who asks by the options C(owner), C(server), and C(database), as far as a module has them."""
        return cls(**{name: params.get(option) or None for name, option in _OPTIONS.items()})

    def shares_prefix(self, manifest: Dump | Mark) -> bool:
        """Return whether a backup may have the same prefix as ours."""
        return not self.stack or manifest.owner in (None, self.stack)

    def has(self, manifest: Dump | Mark) -> bool:
        """Return whether a backup is of our server and database."""
        return self._has_server(manifest) and self._has_database(manifest)

    def _has_server(self, manifest: Dump | Mark) -> bool:
        theirs = server_of(manifest)
        return not self.server or theirs is None or theirs.lower() == self.server.lower()

    def _has_database(self, manifest: Dump | Mark) -> bool:
        return not self.database or not isinstance(manifest, Dump) or manifest.database == self.database


_OPTIONS = {"stack": "owner", "server": "server", "database": "database"}


def server_of(manifest: Dump | Mark) -> str | None:
    """Return the name in Azure of the server that a backup is of; None where nothing says it."""
    if isinstance(manifest, Mark):
        return manifest.resource_id.rpartition("/")[2]
    if manifest.azure_server:
        return manifest.azure_server
    first, _dot, domain = manifest.server.partition(".")
    # An address says nothing about the server's name.
    return first if any(letter.isalpha() for letter in domain) else None


def words(manifest: Dump) -> str:
    """Return what a dump is of, for messages."""
    return f"database {manifest.database} of server {server_of(manifest) or manifest.server}"
