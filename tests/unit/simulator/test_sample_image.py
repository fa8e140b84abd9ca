"""The packed sample: complete, deterministic, free of this machine."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.samples.packing import Image, pack


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def image(cache: Path) -> Image:
    return pack(cache, "1.2.3", "unhealthy")


def test_digests_are_of_the_files(image: Image) -> None:
    for blob in (image.config, *image.layers):
        content = blob.path.read_bytes()
        assert blob.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert blob.size == len(content)


def test_config(image: Image) -> None:
    config = json.loads(image.config.path.read_text())
    assert config["config"]["Entrypoint"] == ["python", "/app/main.py"]
    assert {"APP_VERSION=1.2.3", "SAMPLE_FAULT=unhealthy"} <= set(config["config"]["Env"])
    assert len(config["rootfs"]["diff_ids"]) == len(image.layers)


def test_layers_do_not_depend_on_version_or_place(image: Image, tmp_path: Path) -> None:
    other = pack(tmp_path, "2.0.0")
    assert [layer.digest for layer in other.layers] == [layer.digest for layer in image.layers]
    assert other.config.digest != image.config.digest


def test_runs_without_anything_installed(image: Image, tmp_path: Path) -> None:
    # Python before 3.11.4 has no filters.
    options: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    for layer in image.layers:
        with tarfile.open(layer.path) as archive:
            archive.extractall(tmp_path, **options)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import psycopg, redis.asyncio, uvicorn\n"
        "from backend.application import create\n"
        "from backend.settings import Settings\n"
        "create(Settings())\n"
        "assert all(m.__file__.startswith(sys.argv[1]) for m in (psycopg, redis, uvicorn))\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "app")]
    subprocess.run(command, check=True, env={}, timeout=60)


def test_no_path_of_this_machine(image: Image) -> None:
    site_packages = str(Path(json.__file__).parent.parent).encode()
    environment = str(Path(sys.prefix)).encode()
    for layer in image.layers:
        with tarfile.open(layer.path) as archive:
            for member in archive:
                assert member.mtime == 0
                assert member.uname == member.gname == ""
                file = archive.extractfile(member) if member.name.endswith((".pyc", "METADATA")) else None
                if file is not None:
                    content = file.read()
                    assert environment not in content, member.name
                    assert site_packages not in content, member.name
