"""The adapter to Azure's API for PostgreSQL servers: it takes the one major version of the SDK package it knows."""

from __future__ import annotations

import importlib
from typing import Any, cast

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api


class Nowhere:
    """A session whose clients do nothing, and have whatever is asked of them."""

    def client(self, package: str, name: str) -> Any:
        return type(name, (), {"__getattr__": lambda _self, _name: None, "package": package})()


def api(monkeypatch: pytest.MonkeyPatch, version: str) -> _api.ServerApi:
    """Return the adapter with that version of the package installed."""
    monkeypatch.setattr(importlib.import_module(_api.PACKAGE), "__version__", version)
    return _api.ServerApi(cast("Session", Nowhere()), "rg", "db-server")


@pytest.mark.parametrize("version", ["1.1.0", "2.0.0", "2.1.0b1", "4.0.0", "30.0.0"])
def test_another_major_version_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OperationsError) as refused:
        api(monkeypatch, version)
    assert refused.value.code == "PackageVersion"
    assert f"is version {version}, and major version 3 is needed" in refused.value.message
    assert "azure-mgmt-postgresqlflexibleservers==3.*" in refused.value.remedy


@pytest.mark.parametrize("version", ["3.0.0", "3.1.0", "3.2.0b1"])
def test_the_one_that_is_known_is_taken(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api(monkeypatch, version).what == "PostgreSQL server db-server"
