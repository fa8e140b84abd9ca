"""What is executed for a container: command line, environment, working folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from azure_simulator.containers.command import CommandError, build
from azure_simulator.containers.image import ImageConfig, ImageConfigError, pinned_name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app/lib").mkdir(parents=True)
    (tmp_path / "app/main.py").touch()
    return tmp_path


def test_entry_point_and_arguments_are_joined_and_the_groups_command_replaces_both(root: Path) -> None:
    config = ImageConfig(entrypoint=("python", "/app/main.py"), command=("--fast",))
    assert build(config, (), (), root, root / "bin").argv == ("python", f"{root}/app/main.py", "--fast")
    assert build(config, ("echo", "hello"), (), root, root / "bin").argv == ("echo", "hello")


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("/app/main.py", "{root}/app/main.py"),
        ("--config=/app/main.py", "--config={root}/app/main.py"),
        ("cat /app/main.py > /app/lib/new", "cat {root}/app/main.py > {root}/app/lib/new"),
        ("/bin/sh", "/bin/sh"),
        ("http://host/app/main.py", "http://host/app/main.py"),
        ("sleep 20; done", "sleep 20; done"),
    ],
)
def test_paths_of_the_image_become_paths_of_the_host(root: Path, argument: str, expected: str) -> None:
    assert build(ImageConfig(), (argument,), (), root, root / "bin").argv == (expected.format(root=root),)


def test_environment_is_the_images_then_the_groups_and_nothing_of_the_simulators(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "of the simulator")
    config = ImageConfig(command=("x",), environment=(("A", "image"), ("B", "image"), ("PYTHONPATH", "/app/lib:/none")))
    environment = build(config, (), [("B", "group"), ("C", "")], root, root / "bin").environment
    assert environment.pop("PATH").startswith(f"{root}/bin:")
    assert environment == {
        "A": "image", "B": "group", "C": "", "HOME": f"{root}/root", "PYTHONPATH": f"{root}/app/lib:/none",
    }  # fmt: skip


def test_working_folder(root: Path) -> None:
    assert (
        build(ImageConfig(command=("x",), working_directory="/app"), (), (), root, root).working_directory
        == root / "app"
    )
    assert build(ImageConfig(command=("x",)), (), (), root, root).working_directory == root


def test_nothing_to_run_is_an_error(root: Path) -> None:
    with pytest.raises(CommandError):
        build(ImageConfig(), (), (), root, root)


def test_configurations_that_cannot_run_are_refused() -> None:
    parsed = ImageConfig.parse({"config": {"Entrypoint": ["a"], "Cmd": None, "Env": ["A=b=c"], "WorkingDir": ""}})
    assert parsed == ImageConfig(("a",), (), (("A", "b=c"),), "/")
    for document in ({"os": "windows"}, {"config": {"Env": ["A"]}}, {"config": {"Cmd": "echo"}}):
        with pytest.raises(ImageConfigError):
            ImageConfig.parse(document)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nginx", "nginx@d"),
        ("a/b:1", "a/b@d"),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b@d"),
        ("h:1/a@x", "h:1/a@d"),
    ],
)
def test_pinned_name(name: str, expected: str) -> None:
    assert pinned_name(name, "d") == expected
