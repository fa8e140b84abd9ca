"""The secrets that a task gives a container group."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _secrets
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _secret_digest


def params(value: Any) -> dict[str, Any]:
    """Return what a task names: the same value as a variable and in a volume."""
    return {
        "containers": [{"name": "api", "secret_environment": {"FLAG": value}}],
        "registry_credentials": None,
        "log_analytics": None,
        "volumes": [{"name": "keys", "secret": {"flag": value}, "azure_file": None}],
    }


@pytest.mark.parametrize(("value", "written"), [(True, "true"), (False, "false"), (7, "7"), ("True", "True"), ("", "")])
def test_a_secret_is_the_text_that_azure_gets(value: object, written: str) -> None:
    assert _secrets.named(params(value)) == {
        "containers.api.secret_environment.FLAG": written,
        "volumes.keys.secret.flag": written,
    }


@pytest.mark.parametrize(("first", "second"), [(True, "true"), (7, "7")])
def test_quoting_what_is_written_the_same_is_no_change(first: object, second: str) -> None:
    tag = _secret_digest.remember(_secrets.named(params(first)), None)
    assert _secret_digest.changed(_secrets.named(params(second)), tag, None) == []
