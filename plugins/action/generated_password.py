# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.generated_password): always in the controller's worker where it keeps a file."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated
from ansible_collections.codexdominion.azure.plugins.modules import generated_password
from ansible_collections.codexdominion.azure.plugins.plugin_utils._in_process import preload
from ansible_collections.codexdominion.azure.plugins.plugin_utils._password_action import PasswordAction


class ActionModule(PasswordAction):
    """See the module's documentation."""

    SPEC = generated_password.SPEC
    BODY = generated_password.run
    ON_STORE = _generated.bring
    AVAILABLE = preload("azure.keyvault.secrets")
