# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server and what belongs to it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that bring something of a server to a state."""

    DOCUMENTATION = r"""
options:
  resource_group:
    description: The resource group of the server.
    type: str
    required: true
  server:
    description: The name of the server.
    type: str
    required: true
notes:
  - Azure takes one write at a time on a server. While it says that the server is busy, the write is tried again until
    O(timeout).
requirements:
  - azure-mgmt-postgresqlflexibleservers, major version 3
"""
