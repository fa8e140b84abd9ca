# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration of resource providers with the subscription, made explicit. Private to this collection.

A new subscription knows almost no provider, and the SDKs' own automatic registration is skipped by some of their
clients.
Source: U(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types).
"""

from __future__ import annotations

import time

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import call
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

ALWAYS_REGISTERED = frozenset({"Microsoft.Resources", "Microsoft.Authorization"})

_FIRST_POLL, _LONGEST_POLL = 0.5, 10.0


def ensure(ctx: Context, namespace: str, deadline: float) -> None:
    """Register a resource provider if it is not, and wait until it is.

    :param namespace: such as C(Microsoft.ContainerInstance).
    :param deadline: by time.monotonic().
    :raises OperationsError: when it may not be registered, or not in time.
    """
    if namespace in ALWAYS_REGISTERED:
        return
    providers = ctx.session.client("azure.mgmt.resource.resources", "ResourceManagementClient").providers
    doing = f"Registering the provider {namespace}"
    state = call(doing, providers.get, namespace).body.get("registrationState")
    if state == "Registered":
        return
    if state != "Registering":
        state = call(doing, providers.register, namespace).body.get("registrationState")
    pause = _FIRST_POLL
    while state != "Registered":
        if time.monotonic() + pause > deadline:
            raise OperationsError(
                f"The provider {namespace} is still {state}", code="Timeout", remedy="Run again, or raise timeout."
            )
        ctx.report(f"provider {namespace}: {state}")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_POLL)
        state = call(doing, providers.get, namespace).body.get("registrationState")
