# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.static_web_app_deployment) in the controller's worker when the connection is local."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.plugin_utils._in_process import action_of

ActionModule = action_of(__name__)
