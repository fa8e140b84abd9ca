# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that many modules share; documented in the doc fragments of the same names. Private to this collection."""

from __future__ import annotations

from ansible.module_utils.common.parameters import env_fallback

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _cloud, _credentials
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images


def _env(*names: str) -> tuple[object, list[str]]:
    return (env_fallback, list(names))


AZURE = ArgumentSpec(
    options={
        "subscription_id": {"type": "str", "fallback": _env("AZURE_SUBSCRIPTION_ID")},
        "tenant_id": {"type": "str", "fallback": _env("AZURE_TENANT_ID", "AZURE_TENANT")},
        "client_id": {"type": "str", "fallback": _env("AZURE_CLIENT_ID")},
        "client_secret": {"type": "str", "no_log": True, "fallback": _env("AZURE_CLIENT_SECRET", "AZURE_SECRET")},
        "auth": {"type": "str", "default": "auto", "choices": list(_credentials.AUTH)},
        "cloud": {"type": "str", "default": "AzureCloud", "fallback": _env("AZURE_CLOUD_ENVIRONMENT")},
        "ca_path": {"type": "path", "fallback": _env("REQUESTS_CA_BUNDLE")},
    },
    rules={"cloud": _cloud.problem_with},
)
"""Where Azure is and who we are: the fragment C(azure)."""


def wait(timeout: int) -> ArgumentSpec:
    """Return the options of modules that start something long: the fragment C(wait)."""
    return ArgumentSpec(
        options={"wait": {"type": "bool", "default": True}, "timeout": {"type": "int", "default": timeout}},
        checks=(positive_timeout,),
    )


def positive_timeout(params: Params) -> list[str]:
    """Check the option of modules that wait."""
    return [] if params["timeout"] > 0 else [f"timeout: {params['timeout']} is not a positive number of seconds"]


TAGS = ArgumentSpec(
    options={"tags": {"type": "dict"}, "append_tags": {"type": "bool", "default": True}},
    checks=(lambda params: _names.tags(params["tags"] or {}),),
)
"""Tags: the fragment C(tags)."""

IN_GROUP = ArgumentSpec(
    options={"resource_group": {"type": "str", "required": True}}, rules={"resource_group": _names.resource_group}
)


def tracked(timeout: int) -> ArgumentSpec:
    """Return the options of modules for a resource with tags in a resource group.

    :param timeout: how long they wait if they are not told, in seconds.
    """
    return AZURE.merge(wait(timeout)).merge(IN_GROUP).merge(TAGS)


ON_POSTGRESQL_SERVER = IN_GROUP.merge(
    ArgumentSpec(options={"server": {"type": "str", "required": True}}, rules={"server": _names.postgresql_server})
)
"""A PostgreSQL server that something belongs to: the fragment C(postgresql)."""

SECRETS_KEY = ArgumentSpec(options={"secrets_key": {"type": "str", "no_log": True}})
"""The operator's key for digests of secrets: the fragment C(secrets_key)."""

LOCATION = ArgumentSpec(options={"location": {"type": "str"}}, rules={"location": _names.location})

STATE = ArgumentSpec(options={"state": {"type": "str", "default": "present", "choices": ["present", "absent"]}})

IMAGES = ArgumentSpec(
    options={
        "registry": {"type": "str", "required": True},
        "repository": {"type": "str", "required": True},
        "username": {"type": "str"},
        "password": {"type": "str", "no_log": True},
    },
    required_together=(("username", "password"),),
    rules={"repository": _images.problem_with_repository},
)
"""A repository in a registry, and how to sign in to it other than by our Azure identity."""
