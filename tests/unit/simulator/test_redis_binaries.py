"""Which server program is run."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from azure_simulator.redis import binaries
from azure_simulator.redis.errors import BinariesMissing


def test_the_embedded_one() -> None:
    program = binaries.find()
    assert program.name == "valkey-server"
    assert os.access(program, os.X_OK)


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_one_of_the_system(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert binaries.find(tmp_path) == tmp_path / name


def test_none_there(tmp_path: Path) -> None:
    with pytest.raises(BinariesMissing, match="holds neither valkey-server nor redis-server"):
        binaries.find(tmp_path)


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(BinariesMissing, match="--redis-bin"):
        binaries.find()
