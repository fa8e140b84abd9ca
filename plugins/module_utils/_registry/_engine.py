# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container engine behind its socket, Docker or Podman: building and pushing by the Docker SDK. Private.

The SDK and not community.docker, whose docker_image_build wants the program docker with buildx, which Podman has not,
and whose docker_login leaves the password in a file of the operator's. Interface: U(https://docs.docker.com/engine/api/).
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_failure

_REMEDY = (
    "Start it (systemctl start docker, or systemctl start podman.socket), let this user use it, or name its socket with"
    " registry_build_socket (socket), such as unix:///run/podman/podman.sock; registry_build: acr_task needs no engine."
)

_ANY_VERSION = "1.41"
"""Which version of the interface is meant by a question that has none."""
_PING_SECONDS = 30

Say = t.Callable[[str], None]


class Build(t.NamedTuple):
    """What is built.

    :ivar name: of the image, with registry and tag.
    :ivar pull: whether base images are asked for again although the engine has them.
    """

    name: str
    dockerfile: str
    target: str
    platform: str
    arguments: dict[str, str]
    pull: bool


def socket(named: str) -> str:
    """Return the address of the engine: the one that is named, or DOCKER_HOST, or where engines usually listen.

    :raises OperationsError: where there is none.
    """
    if address := named or os.environ.get("DOCKER_HOST", ""):
        return address
    places = _usual()
    for place in places:
        if place.is_socket():
            return f"unix://{place}"
    listed = ", ".join(map(str, places))
    raise OperationsError(f"There is no container engine: no socket at {listed}", code="EngineMissing", remedy=_REMEDY)


def _usual() -> list[pathlib.Path]:
    own = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return [
        pathlib.Path(one) for one in ("/var/run/docker.sock", "/run/podman/podman.sock", f"{own}/podman/podman.sock")
    ]


class Engine:
    """A connection to an engine; nothing of it outlives the task.

    :param address: such as C(unix:///run/podman/podman.sock).
    :param timeout: how long it may say nothing, in seconds.
    :raises OperationsError: where it does not answer.
    """

    def __init__(self, address: str, timeout: float) -> None:
        client = load("docker", "APIClient", distribution="docker")
        self._address = address
        with self._asked():
            secured = load("docker.utils", "kwargs_from_env")() if address == os.environ.get("DOCKER_HOST") else {}
            options = {"base_url": address, "timeout": timeout, "tls": secured.get("tls", False)}
            with contextlib.closing(client(version=_ANY_VERSION, **options)) as probe:
                answer = probe.get(f"{probe.base_url}/_ping", timeout=_PING_SECONDS)
            # The SDK itself would ask for /version, over which Podman thinks for seconds.
            self._client = client(version=answer.headers.get("Api-Version") or "auto", **options)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.close()

    def log_in(self, server: str, username: str, password: str) -> None:
        """Let base images be pulled from the registry too.

        The login goes along with a build, and is kept nowhere. The SDK's own login() would first have the engine ask
        the registry, which takes as long as a small build; whether it is let in, a push finds out.
        """
        login = {"username": username, "password": password, "serveraddress": server}
        self._client._auth_configs.add_auth(server, login)

    def build(self, archive: t.IO[bytes], wanted: Build, say: Say) -> None:
        """Build an image; the engine keeps it under its name.

        :param say: is told each line of what the engine says.
        :raises OperationsError: with the last lines, and what to do.
        """
        lines: list[str] = []

        def tell(line: str) -> None:
            lines.append(line)
            say(line)

        with self._asked():
            events = self._client.build(
                fileobj=archive,
                custom_context=True,
                tag=wanted.name,
                dockerfile=wanted.dockerfile,
                target=wanted.target or None,
                platform=wanted.platform,
                buildargs=wanted.arguments,
                pull=wanted.pull,
                rm=True,
                forcerm=True,
                decode=True,
            )
            failed = _last_error(events, tell)
        if failed is not None:
            raise _build_failure.of_build(failed, lines)

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image that the engine has another name.

        :raises OperationsError: where it has none of that name.
        """
        missing = load("docker.errors", "NotFound", distribution="docker")
        try:
            with self._asked():
                self._client.tag(image, repository, tag)
        except OperationsError as error:
            if not isinstance(error.__cause__, missing):
                raise
            raise OperationsError(
                f"The container engine at {self._address} has no image {image}",
                code="LocalImageMissing",
                remedy="Build or pull it, or correct registry_push_image (local_image).",
            ) from error

    def push(self, repository: str, tag: str, username: str, password: str, say: Say) -> None:
        """Push an image that the engine has.

        :raises OperationsError: with what the registry says, and what to do.
        """
        with self._asked():
            login = {"username": username, "password": password}
            events = self._client.push(repository, tag, stream=True, decode=True, auth_config=login)
            failed = _last_error(events, say)
        if failed is not None:
            raise _build_failure.of_push(failed, f"{repository}:{tag}")

    @contextlib.contextmanager
    def _asked(self) -> t.Iterator[None]:
        """Turn what the SDK raises into one line."""
        api_error = load("docker.errors", "APIError", distribution="docker")
        docker_error = load("docker.errors", "DockerException")
        request_error = load("requests.exceptions", "RequestException")
        try:
            yield
        except api_error as exc:
            said = exc.explanation or str(exc)
            raise OperationsError(
                f"The container engine at {self._address} refused: {said}",
                code="EngineFailed",
                status=exc.status_code,
                remedy="",
            ) from exc
        except (docker_error, request_error, OSError) as exc:
            cause = _innermost(exc)
            raise OperationsError(
                f"The container engine at {self._address} does not answer: {cause}",
                code="EngineUnreachable",
                remedy=_REMEDY,
            ) from exc


def _last_error(events: t.Iterable[t.Mapping[str, t.Any]], say: Say) -> str | None:
    """Say what an engine says as it works; return its error, if it ends with one."""
    failed = None
    for event in events:
        if event.get("error"):
            failed = str((event.get("errorDetail") or {}).get("message") or event["error"])
        elif text := event.get("stream") or ("" if event.get("progressDetail") else event.get("status")):
            head = f"{event['id']}: " if event.get("id") and event.get("status") else ""
            for line in str(text).splitlines():
                if line.strip():
                    say(f"{head}{line.rstrip()}")
    return failed


def _innermost(exc: BaseException) -> str:
    """Return what is at the bottom of the SDK's nested exceptions, such as C(No such file or directory)."""
    found: BaseException = exc
    seen = {id(found)}
    while (inner := found.__cause__ or found.__context__) is not None and id(inner) not in seen:
        found = inner
        seen.add(id(found))
    return found.strerror if isinstance(found, OSError) and found.strerror else " ".join(str(found).split())
