"""What git holds is what it should hold: no machine paths, no secrets, a link that works, locks that agree."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = "collections/ansible_collections/codexdominion/azure"
LOCKS = ("operator", "simulator", "dev")


def tracked() -> list[Path]:
    """Return every tracked file, without the link."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and name != LINK and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """Return every tracked text file with its content."""
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def pins(lock: str) -> dict[str, set[str]]:
    """Return the versions a lock file allows for each package."""
    found: dict[str, set[str]] = {}
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([a-z0-9.-]+)(?:\[[^]]+])?==([^ ;\\]+)", text, re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def test_the_link_leads_to_the_checkout() -> None:
    assert (ROOT / LINK).is_symlink()
    assert (ROOT / LINK).resolve() == ROOT
    mode = subprocess.run(
        ["git", "ls-files", "--stage", LINK], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()[0]
    assert mode == "120000"


def test_no_machine_path_is_tracked() -> None:
    forbidden = re.compile(r"/(?:work|root|home/\w+|Users/\w+)/")
    found = [str(path.relative_to(ROOT)) for path, text in texts() if forbidden.search(text)]
    assert found == [str(Path(__file__).relative_to(ROOT))] or not found


def test_no_private_key_is_tracked() -> None:
    marker = "-----BEGIN " + "{}PRIVATE KEY-----"
    kinds = ("", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ")
    found = [str(path) for path, text in texts() if any(marker.format(kind) in text for kind in kinds)]
    assert not found


def test_nothing_tracked_is_ignored() -> None:
    ignored = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert ignored == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    for requirement in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_every_requirement(lock: str) -> None:
    wanted = {
        re.split(r"[<>=\[;]", line)[0].strip().lower()
        for line in (ROOT / f"requirements/{lock}.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-r"))
    }
    assert wanted <= set(pins(lock))


@pytest.mark.parametrize("lock", ["operator", "simulator"])
def test_the_locks_agree(lock: str) -> None:
    everything = pins("dev")
    assert {name: versions for name, versions in pins(lock).items() if everything.get(name) != versions} == {}


def test_ansible_core_is_locked_for_every_python() -> None:
    assert {version.rsplit(".", 1)[0] for version in pins("operator")["ansible-core"]} == {"2.19", "2.21"}


def test_what_shows_a_promise_is_there() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    commands = re.findall(r"`pytest ([^`]+)`", text)
    assert len(commands) > 20
    for command in commands:
        paths, _, words = command.partition(" -k ")
        for path in paths.split():
            assert (ROOT / path).exists(), path
        sources = "".join((ROOT / path).read_text(encoding="utf-8") for path in paths.split() if path.endswith(".py"))
        for word in words.strip('"').split(" or ") if words else []:
            assert re.search(rf"def test_\w*{word}", sources), f"{command}: no test is called {word}"
    targets = re.findall(r"`make ([a-z-]+)`", text)
    assert all(f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8") for target in targets)
