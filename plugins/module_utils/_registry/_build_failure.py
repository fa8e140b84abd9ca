# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an image was not built or not pushed, from what a builder says, and what to do. Pure; private.

Docker, Podman and the registry's tasks word it each in their own way; what they have in common is looked for.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

LAST = 20
"""How many lines of a builder's output a failure keeps."""


class _Kind(t.NamedTuple):
    pattern: str
    code: str
    remedy: str


_BUILD = (
    _Kind(
        r"requires BuildKit|--mount option|unknown flag: mount",
        "BuildKitNeeded",
        "This engine's interface has no BuildKit: build with Podman's socket (registry_build_socket) or with"
        " registry_build: acr_task, or leave --mount out of the Dockerfile.",
    ),
    _Kind(
        r"no space left on device|disk quota exceeded",
        "BuilderFull",
        "The builder has no room left: remove what it no longer needs (docker system prune, podman system prune).",
    ),
    _Kind(
        r"initializing source|pull access denied|manifest (?:for \S+ )?(?:unknown|not found)|no match for platform"
        r"|pinging container registry|failed to resolve source metadata|error pulling image|toomanyrequests"
        r"|(?:FROM|base image)\b.*(?:not found|cannot|unauthorized|denied)|no such host|failed to do request"
        r"|repository does not exist|Error response from daemon: Get|short-name",
        "BaseImageUnavailable",
        "Correct the FROM line of the Dockerfile, and see that the builder reaches that registry and may pull there.",
    ),
    _Kind(
        r"dockerfile parse error|unknown instruction|unknown parent image|unsupported instruction|Syntax error"
        r"|no FROM statement|file with no instructions|target stage .* (?:could not be found|not found)"
        r"|failed to reach build target|[Tt]he target .* was not found",
        "DockerfileInvalid",
        "Correct the Dockerfile.",
    ),
    _Kind(
        r"(?:COPY|ADD) failed|copier: stat|failed to compute cache key|no items matching glob|no source files",
        "SourceFileMissing",
        "What the Dockerfile copies is not in the context, or .dockerignore leaves it out.",
    ),
)
_PUSH = (
    _Kind(
        r"x509|certificate|tls:",
        "RegistryNotTrusted",
        "Let the engine trust the registry's certificate authority: its file belongs in"
        " /etc/containers/certs.d/REGISTRY/ca.crt (Podman) or /etc/docker/certs.d/REGISTRY/ca.crt (Docker).",
    ),
    _Kind(
        r"disallowed on this registry|is locked|read.?only|write.?locked",
        "RegistryReadOnly",
        "The registry, the repository or the tag is locked against writes: unlock it (az acr repository update"
        " --write-enabled true), or give the image another tag (registry_build_tag).",
    ),
    _Kind(
        r"no space left|storage (?:limit|quota)|quota|size limit|is full|insufficient storage",
        "RegistryFull",
        "Remove old releases (prune_releases.yml), or choose a larger registry_sku.",
    ),
    _Kind(
        r"unauthorized|authentication required|denied|forbidden|insufficient_scope",
        "PushRefused",
        "Give the identity of this run the role AcrPush on the registry.",
    ),
    _Kind(
        r"connection refused|no such host|i/o timeout|network is unreachable|connection reset|EOF",
        "RegistryUnreachable",
        "See that the engine's own machine reaches the registry; it is the engine that pushes.",
    ),
)


_EPILOGUE = re.compile(r"^Run ID: |Container failed during run|failed to run step ID|Build failed$", re.IGNORECASE)
_ERROR = re.compile(r"error|failed|cannot|denied|not found|unsupported|unknown|requires", re.IGNORECASE)


def of_build(said: str, lines: t.Sequence[str]) -> OperationsError:
    """Return why a build failed.

    :param said: by the builder, as its last word.
    :param lines: of its output, without secrets.
    """
    text = _line(said)
    # A command that fails may say anything on its way: its last lines are the user's own, and only shown.
    kind = (
        None if re.search(r"returned a non-zero code|while running runtime|exit status", said) else _find(_BUILD, said)
    )
    code, remedy = kind or ("BuildFailed", "The lines before say what went wrong; mend the Dockerfile or its sources.")
    kept = [line for line in (_line(one) for one in lines) if line][-LAST:]
    tail = f": {' | '.join(kept[-3:])}" if kept and code == "BuildFailed" else ""
    return OperationsError(
        f"The image was not built: {text.rstrip('.')}{tail}", code=code, remedy=remedy, details={"log": kept}
    )


def last_word(lines: t.Sequence[str]) -> str:
    """Return the line of a task's log that says what went wrong, before those that only say that something did."""
    told = [line for line in map(_line, lines) if line and not _EPILOGUE.search(line)]
    return next((line for line in reversed(told) if _ERROR.search(line)), told[-1] if told else "")


def of_push(said: str, name: str) -> OperationsError:
    """Return why an image was not pushed.

    :param name: of the image, with its registry.
    """
    code, remedy = _find(_PUSH, said) or ("PushFailed", "Run it again: what is pushed already is not sent again.")
    return OperationsError(f"{name} was not pushed: {_line(said)}", code=code, remedy=remedy)


def _find(kinds: t.Iterable[_Kind], said: str) -> tuple[str, str] | None:
    for kind in kinds:
        if re.search(kind.pattern, said, re.IGNORECASE):
            return kind.code, kind.remedy
    return None


def _line(text: str) -> str:
    return " ".join(text.split())
