# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image references, and what a registry says about them. Private to this collection.

Reference syntax: U(https://github.com/opencontainers/distribution-spec). Questions go to the registry itself, through
azure-containerregistry, whose token exchange takes either our Azure identity or a user name with password.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session, load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._image_kinds import Platform

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_TOKEN_USER = "00000000-0000-0000-0000-000000000000"
"""The user name that goes with a token instead of a password."""
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclasses.dataclass(frozen=True)
class Image:
    """An image reference in its parts; C(server) is empty for Docker Hub's short form."""

    server: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        name = f"{self.server}/{self.repository}" if self.server else self.repository
        return f"{name}@{self.digest}" if self.digest else f"{name}:{self.tag}"


def parse(reference: str) -> Image:
    """Return the parts of a reference such as C(codexdominionacr.azurecr.io/codex-backend:1.2).

    :raises ValueError: when it is not one.
    """
    name, _at, digest = reference.partition("@")
    first, slash, rest = name.partition("/")
    server = first if slash and ("." in first or ":" in first or first == "localhost") else ""
    path = rest if server else name
    repository, _colon, tag = path.partition(":")
    if digest and not _DIGEST.fullmatch(digest):
        raise ValueError(f"{reference!r} is not valid: the digest is not sha256: with 64 hexadecimal digits")
    if not _REPOSITORY.fullmatch(repository):
        raise ValueError(
            f"{reference!r} is not valid: the repository is not in lower-case letters, digits, and separators"
        )
    if (tag and not _TAG.fullmatch(tag)) or (_colon and not tag):
        raise ValueError(
            f"{reference!r} is not valid: the tag is not 1 to 128 letters, digits, periods, hyphens, underscores"
        )
    return Image(server, repository, "" if digest else tag or "latest", digest)


def problem_with(reference: str) -> str | None:
    """Return what is wrong with an image reference, or None."""
    try:
        parse(reference)
    except ValueError as exc:
        return str(exc)
    return None


def problem_with_repository(value: str) -> str | None:
    """Return what is wrong with a repository's name, or None."""
    if _REPOSITORY.fullmatch(value):
        return None
    return f"{value!r} is not valid: lower-case letters and digits, separated by slashes, periods, hyphens, underscores"


def problem_with_tag(value: str) -> str | None:
    """Return what is wrong with a tag, or None."""
    if _TAG.fullmatch(value):
        return None
    return f"{value!r} is not valid: 1 to 128 letters, digits, periods, hyphens, underscores, not starting with . or -"


def problem_with_digest(value: str) -> str | None:
    """Return what is wrong with a digest, or None."""
    return None if _DIGEST.fullmatch(value) else f"{value!r} is not sha256: with 64 hexadecimal digits"


class Registry:
    """The data plane of one registry.

    :param server: its host name (and port), as Azure names it in C(login_server).
    :param username: of the admin user or a token; without it, our Azure identity is used.
    """

    def __init__(self, session: Session, server: str, username: str | None = None, password: str | None = None) -> None:
        self.server = server
        self._session = session
        self._login = (username, password or "") if username else None
        # A manifest under its digest or tag, and its removal, are the same when they are done twice.
        options = session.transport_options(repeat_writes=True)
        client = load("azure.containerregistry", "ContainerRegistryClient")
        options["per_call_policies"] = [_basic(username, password or "") if username else _remember()]
        if username:
            self._client = client(f"https://{server}", None, **options)
        else:
            # The audience of Azure Resource Manager, so that the run's one token serves here too.
            audience = session.cloud.audience
            self._client = client(f"https://{server}", session.credential, audience=audience, **options)

    def login(self) -> tuple[str, str]:
        """Return a user name and password for programs that know nothing of Azure: a token of three hours is one too.

        U(https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md) has the exchange.

        :raises OperationsError: where our identity is not let in.
        """
        if self._login:
            return self._login
        from azure.core import PipelineClient
        from azure.core.rest import HttpRequest

        doing = f"Signing in to {self.server}"
        token = self._session.credential.get_token(self._session.cloud.scope).token
        form = {"grant_type": "access_token", "service": self.server, "access_token": token}
        transport = self._session.transport_options(repeat_writes=True)["transport"]
        client: t.Any = PipelineClient(f"https://{self.server}", policies=[], transport=transport)

        def exchange() -> str:
            response = client.send_request(HttpRequest("POST", f"https://{self.server}/oauth2/exchange", data=form))
            response.raise_for_status()
            return str(response.json()["refresh_token"])

        return _TOKEN_USER, self._ask(doing, exchange)

    def digest(self, repository: str, tag: str) -> str:
        """Return the digest a tag points to.

        :raises OperationsError: C(MANIFEST_UNKNOWN) or C(TAG_UNKNOWN) when there is no such tag.
        """
        doing = f"Looking up {self.server}/{repository}:{tag}"
        return str(self._ask(doing, lambda: self._client.get_tag_properties(repository, tag)).digest)

    def tags(self, repository: str) -> list[dict[str, t.Any]]:
        """Return the tags of a repository, the most recently changed first.

        :raises OperationsError: C(NAME_UNKNOWN) when there is no such repository.
        """
        doing = f"Listing the tags of {self.server}/{repository}"
        order = load("azure.containerregistry", "ArtifactTagOrder").LAST_UPDATED_ON_DESCENDING
        found = self._ask(doing, lambda: list(self._client.list_tag_properties(repository, order_by=order)))
        return [_described(self.server, repository, one.name, one) for one in found]

    def tag(self, repository: str, tag: str) -> dict[str, t.Any]:
        """Return one tag, described as in tags()."""
        doing = f"Looking up {self.server}/{repository}:{tag}"
        found = self._ask(doing, lambda: self._client.get_tag_properties(repository, tag))
        return _described(self.server, repository, tag, found)

    def manifest(self, repository: str, digest: str) -> dict[str, t.Any]:
        """Return one manifest, described as in tags(), without a tag."""
        doing = f"Looking up {self.server}/{repository}@{digest}"
        found = self._ask(doing, lambda: self._client.get_manifest_properties(repository, digest))
        return _described(self.server, repository, None, found)

    def find_tag(self, repository: str, tag: str) -> dict[str, t.Any] | None:
        """Return one tag, or None where there is none."""
        try:
            return self.tag(repository, tag)
        except OperationsError as error:
            if missing(error):
                return None
            raise

    def set_tag(self, repository: str, tag: str, digest: str) -> None:
        """Let a tag point to an image that is there, by pushing its manifest once more under that name."""
        doing = f"Tagging {self.server}/{repository}@{digest} as {tag}"

        def push() -> None:
            seen: list[t.Any] = []
            found = self._client.get_manifest(repository, digest, raw_response_hook=seen.append)
            # The very bytes: another spelling of the same JSON would be another digest.
            content = io.BytesIO(seen[-1].http_response.read())
            self._client.set_manifest(repository, content, tag=tag, media_type=found.media_type)

        self._ask(doing, push)

    def delete_tag(self, repository: str, tag: str) -> None:
        """Remove a tag; the image stays, by its digest."""
        self._ask(f"Removing the tag {repository}:{tag}", lambda: self._client.delete_tag(repository, tag))

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Remove an image with all its tags."""
        self._ask(f"Removing {repository}@{digest}", lambda: self._client.delete_manifest(repository, digest))

    def forget_manifest(self, repository: str, digest: str) -> None:
        """Remove an image that may have gone meanwhile: with what it signs, or by somebody else."""
        try:
            self.delete_manifest(repository, digest)
        except OperationsError as error:
            if not missing(error):
                raise

    def manifests(self, repository: str) -> list[dict[str, t.Any]]:
        """Return all images of a repository, tagged or not."""
        doing = f"Listing the images of {self.server}/{repository}"
        found = self._ask(doing, lambda: list(self._client.list_manifest_properties(repository)))
        return [{**_described(self.server, repository, None, one), "tags": list(one.tags or [])} for one in found]

    def find_manifest(self, repository: str, digest: str) -> dict[str, t.Any] | None:
        """Return one manifest, or None where there is none. It needs no tag."""
        try:
            return self.manifest(repository, digest)
        except OperationsError as error:
            if missing(error):
                return None
            raise

    def content(self, repository: str, digest: str) -> dict[str, t.Any]:
        """Return what a manifest says, with its media type also where it leaves that to the registry."""
        doing = f"Reading {self.server}/{repository}@{digest}"
        found = self._ask(doing, lambda: self._client.get_manifest(repository, digest))
        return {"mediaType": str(found.media_type).partition(";")[0], **found.manifest}

    def platform(self, repository: str, digest: str) -> Platform | None:
        """Return what the registry says an image is built for, or None where it does not say."""
        doing = f"Looking up {self.server}/{repository}@{digest}"
        found = self._ask(doing, lambda: self._client.get_manifest_properties(repository, digest))
        if not found.operating_system or not found.architecture:
            return None
        return Platform(_text(found.operating_system), _text(found.architecture))

    def built_for(self, repository: str, manifest: dict[str, t.Any]) -> Platform | None:
        """Return what an image is built for, as its configuration says; None where that says nothing either."""
        digest = manifest["config"]["digest"]
        doing = f"Reading the configuration {self.server}/{repository}@{digest}"

        def download() -> t.Any:
            return json.loads(b"".join(self._client.download_blob(repository, digest)))

        config = self._ask(doing, download)
        told = [config.get(name) for name in ("os", "architecture")] if isinstance(config, dict) else []
        return Platform(*map(str, told)) if told and all(told) else None

    def _ask(self, doing: str, question: t.Callable[[], t.Any]) -> t.Any:
        from azure.core.exceptions import AzureError

        try:
            return question()
        except AzureError as exc:
            raise from_azure(exc, doing) from exc
        except ValueError as exc:  # what the client itself finds wrong with an answer
            raise OperationsError(f"{doing} failed: {exc}", code="RegistryAnswerInvalid") from exc


def missing(error: OperationsError) -> bool:
    """Return whether a registry's answer says that there is no such image."""
    return error.code in {"MANIFEST_UNKNOWN", "TAG_UNKNOWN", "NAME_UNKNOWN"} or error.status == 404


def _described(server: str, repository: str, tag: str | None, found: t.Any) -> dict[str, t.Any]:
    return {
        "registry": server,
        "repository": repository,
        "tag": tag,
        "digest": found.digest,
        "image": f"{server}/{repository}@{found.digest}",
        "created": found.created_on.isoformat(),
        "last_updated": found.last_updated_on.isoformat(),
    }


def _text(value: t.Any) -> str:
    return str(getattr(value, "value", value))


def _remember() -> t.Any:
    """Return a pipeline policy that sends a token again where it was good enough before.

    The client itself asks without one each time, and makes three requests of the refusal before it asks again. A token
    that does not suffice is refused like none, so that goes on as before.
    """
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Remember(SansIOHTTPPolicy[t.Any, t.Any]):
        def __init__(self) -> None:
            self._tokens: dict[tuple[str, ...], str] = {}

        def on_request(self, request: t.Any) -> None:
            if token := self._tokens.get(_scope(request.http_request)):
                request.http_request.headers["Authorization"] = token

        def on_response(self, request: t.Any, response: t.Any) -> None:
            token = request.http_request.headers.get("Authorization")
            if token and response.http_response.status_code < 400:
                self._tokens[_scope(request.http_request)] = token

    return Remember()


def _scope(request: t.Any) -> tuple[str, ...]:
    """Return what a registry asks the same token for: protocol, repository, and whether it is only read."""
    parts = urllib.parse.urlsplit(request.url)
    kind = re.sub(r"/(?:manifests|blobs|_tags|_manifests)(?:/.*)?$", "", parts.path)
    return parts.netloc, kind, "read" if request.method in ("GET", "HEAD") else request.method


def _basic(username: str, password: str) -> t.Any:
    """Return a pipeline policy that sends a user name and password, which the client itself has no option for."""
    import base64

    from azure.core.pipeline.policies import HeadersPolicy

    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    return HeadersPolicy({"Authorization": f"Basic {pair}"})
