# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.redis_copy) in the controller's worker when the connection is local."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.modules import redis_copy
from ansible_collections.codexdominion.azure.plugins.plugin_utils._in_process import InProcessAction, preload


class ActionModule(InProcessAction):
    """See the module's documentation."""

    SPEC = redis_copy.SPEC
    BODY = redis_copy.run
    AVAILABLE = preload("azure.mgmt.redis", "azure.mgmt.redisenterprise")
