# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One signed-in connection to one subscription, from which each resource takes its own SDK client. Private.

A session imports no service package: it loads the one it is asked for, so a task pays only for what it uses.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import time
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _ahead, _cloud, _transport
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._credentials import RunCredential
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept, Reads
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import Note, PatientTransport
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure

Body = dict[str, t.Any]
USER_AGENT = "codexdominion.azure"
PATIENCE = 300.0
"""Seconds for which a task without a C(timeout) of its own goes on asking."""


def load(package: str, name: str, *, distribution: str = "") -> t.Any:
    """Return C(name) from an SDK package.

    :param distribution: what to install for it, where that is not named like the package.
    :raises OperationsError: naming the distribution to install when the package is missing.
    """
    try:
        return getattr(importlib.import_module(package), name)
    except ImportError as exc:
        if not distribution:
            resource = package.startswith("azure.mgmt.resource")
            distribution = "azure-mgmt-resource" if resource else package.replace(".", "-")
        raise OperationsError(
            f"The Python package {distribution} is missing",
            code="PackageMissing",
            remedy=f"Install it for the Python that runs this module: pip install {distribution}.",
        ) from exc


class Answer(t.NamedTuple):
    """An answer of Azure as it came over the wire; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: Body
    url: str
    method: str


DONE = Answer(200, {}, {}, "", "PUT")
"""Stands for the answer to a write where nothing was left to be written."""


class Session:
    """A subscription in a cloud, and who we are there.

    :param params: the connection options of the module, and its C(timeout) where it has one.
    :param note: is told of every request that had to be repeated.
    """

    def __init__(self, params: t.Mapping[str, t.Any], cache: RunCache, note: Note = lambda _text: None) -> None:
        self._params = params
        self._cache = cache
        self._note = note
        self._deadline = time.monotonic() + float(params.get("timeout") or PATIENCE)

    @property
    def subscription_id(self) -> str:
        """The subscription's id.

        :raises OperationsError: when neither the option nor the environment names one.
        """
        if not self._params.get("subscription_id"):
            raise OperationsError(
                "No subscription is named",
                code="SubscriptionMissing",
                remedy="Set subscription_id (AZURE_SUBSCRIPTION_ID).",
            )
        return str(self._params["subscription_id"])

    @functools.cached_property
    def cloud(self) -> _cloud.Cloud:
        return _cloud.resolve(self._params["cloud"], self._cache, self._transport)

    @functools.cached_property
    def credential(self) -> RunCredential:
        return RunCredential(self.cloud, self._params, self._cache, lambda: self._transport(repeat_writes=True))

    def client(self, package: str, name: str) -> t.Any:
        """Return a management client of that SDK package, for this cloud and subscription."""
        return load(package, name)(
            self.credential,
            self.subscription_id,
            base_url=self.cloud.resource_manager,
            credential_scopes=[self.cloud.scope],
            **{**self.transport_options(), "transport": self._transport(reads=self._reads)},
        )

    @contextlib.contextmanager
    def kept(self) -> t.Iterator[Reads]:
        """Take what this run has read already, or reads ahead, for as long as the C(with) block lasts.

        Only for what nothing is written by without another look: each URL is answered so once, then asked for.
        """
        self._reads.open()
        try:
            yield self._reads
        finally:
            self._reads.close()

    @functools.cached_property
    def _reads(self) -> Reads:
        who = [str(self._params.get(key)) for key in ("cloud", "auth", "tenant_id", "client_id", "subscription_id")]
        return Reads(self._cache, " ".join(who), self._read_ahead)

    def _read_ahead(self) -> None:
        """Read what else this run is going to look at; whatever stands in the way of that is told by who needs it."""
        with contextlib.suppress(OperationsError, OSError):
            if not _ahead.is_laid_down(self._cache):
                return
            self.credential.get_token(self.cloud.scope)  # once, and not in every thread
            pipeline = self._new_pipeline(
                PatientTransport(
                    self._params.get("ca_path") or True,
                    min(self._deadline, _ahead.deadline()),
                    lambda _text: None,
                    connections=self._connections,
                )
            )

            def ask(url: str) -> tuple[float, Kept]:
                from azure.core.exceptions import AzureError
                from azure.core.rest import HttpRequest

                asked = time.monotonic()
                try:
                    return asked, _transport.as_kept(pipeline.send_request(HttpRequest("GET", url)))
                except (AzureError, OperationsError, OSError, ValueError) as exc:  # a body may be no text at all
                    raise _ahead.NoAnswerError from exc

            _ahead.read_ahead(self._cache, self._reads, self.cloud.resource_manager, ask)

    def transport_options(self, *, repeat_writes: bool = False, whole: bool = True) -> dict[str, t.Any]:
        """Return what every azure-core pipeline of this session is built with.

        :param repeat_writes: whether everything may be done twice that goes this way.
        :param whole: whether bodies are small enough to be read at once.
        """
        return {
            "transport": self._transport(repeat_writes=repeat_writes, whole=whole),
            "retry_total": 0,  # what is sent again is for the transport to decide, and for it alone
            "user_agent": USER_AGENT,
        }

    def _transport(
        self, *, repeat_writes: bool = False, whole: bool = True, reads: Reads | None = None
    ) -> PatientTransport:
        return PatientTransport(
            self._params.get("ca_path") or True,
            self._deadline,
            self._note,
            repeat_writes=repeat_writes,
            whole=whole,
            connections=self._connections,
            reads=reads,
        )

    @functools.cached_property
    def _connections(self) -> t.Any:
        return _transport.new_connections()

    def get(self, url: str, doing: str) -> Answer:
        """GET an absolute URL that Azure itself gave us, such as that of an operation.

        :raises OperationsError: with Azure's code; also when the URL is not this cloud's, for our token goes with it.
        """
        return self.send("GET", url, doing)

    def act(self, resource_id: str, action: str, version: str, doing: str, body: Body | None = None) -> Answer:
        """POST an action for which no SDK package has a client, and that changes nothing of what a run keeps.

        :raises OperationsError: with Azure's code.
        """
        url = f"{self.cloud.resource_manager}{resource_id}/{action}?api-version={version}"
        return self.send("POST", url, doing, body)

    def send(self, method: str, url: str, doing: str, body: Body | None = None) -> Answer:
        """Send a request to an absolute URL of this cloud.

        :raises OperationsError: with Azure's code; also when the URL is not this cloud's, for our token goes with it.
        """
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        ours, theirs = urllib.parse.urlsplit(self.cloud.resource_manager), urllib.parse.urlsplit(url)
        same = theirs.netloc == ours.netloc or str(theirs.hostname).endswith(f".{ours.hostname}")
        if theirs.scheme != "https" or not same:
            raise OperationsError(f"{doing} failed: the URL does not belong to {ours.netloc}", code="InvalidOperation")
        try:
            response = self._pipeline.send_request(HttpRequest(method, url, json=body))
            response.raise_for_status()
        except AzureError as exc:
            raise from_azure(exc, doing) from exc
        return _answer(response, doing)

    @functools.cached_property
    def _pipeline(self) -> t.Any:
        return self._new_pipeline(self._transport())

    def _new_pipeline(self, transport: PatientTransport) -> t.Any:
        from azure.core import PipelineClient
        from azure.core.pipeline import policies

        return PipelineClient(
            self.cloud.resource_manager,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(user_agent=USER_AGENT),
                policies.BearerTokenCredentialPolicy(self.credential, self.cloud.scope),
            ],
            transport=transport,
        )

    def resource_id(self, group: str, provider: str = "", kind: str = "", name: str = "") -> str:
        """Return the id of a resource, or of its group when only that is given."""
        head = f"/subscriptions/{self.subscription_id}/resourceGroups/{group}"
        return f"{head}/providers/{provider}/{kind}/{name}" if provider else head


def call(doing: str, function: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> Answer:
    """Call an operation of an SDK client and return Azure's own words instead of the client's model.

    Bodies are compared and merged as Azure writes them, so that properties a model does not know are kept on a PUT.

    :param doing: what is being done, for the error message.
    :raises OperationsError: with Azure's code and request id.
    """
    from azure.core.exceptions import AzureError

    seen: list[t.Any] = []
    try:
        function(*args, raw_response_hook=lambda response: seen.append(response.http_response), cls=_nothing, **kwargs)
    except AzureError as exc:
        raise from_azure(exc, doing) from exc
    return _answer(seen[-1], doing)  # a pipeline that asks for a token anew, or is redirected, shows more than one


def _answer(response: t.Any, doing: str) -> Answer:
    text = response.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError as exc:
        raise OperationsError(
            f"{doing} failed: the answer is not JSON", code="InvalidResponse", status=response.status_code
        ) from exc
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body, str(response.request.url), response.request.method)


def encode(body: Body) -> bytes:
    """Return a body as the SDK's operations take it in Azure's own words."""
    return json.dumps(body).encode()


def start(doing: str, function: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> Answer:
    """Call the C(begin_…) operation of an SDK client without waiting for its end."""
    return call(doing, function, *args, polling=False, **kwargs)


def find(doing: str, function: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> Body | None:
    """Call a C(get) operation; return the body, or None when Azure says there is no such thing."""
    try:
        return call(doing, function, *args, **kwargs).body
    except OperationsError as error:
        if error.not_found:
            return None
        raise


def collect(doing: str, function: t.Callable[..., t.Any], *args: t.Any) -> list[Body]:
    """Call a C(list) operation; return all members of all pages in Azure's own words.

    :raises OperationsError: with Azure's code and request id.
    """
    from azure.core.exceptions import AzureError

    pages: dict[str, t.Any] = {}

    def keep(response: t.Any) -> None:
        if response.http_response.status_code < 400:
            pages[str(response.http_request.url)] = response.http_response

    try:
        for _member in function(*args, raw_response_hook=keep):
            pass  # the iteration is what asks for the pages; the hook keeps them, each once
    except AzureError as exc:
        raise from_azure(exc, doing) from exc
    return [member for page in pages.values() for member in _answer(page, doing).body.get("value") or []]


def _nothing(*_ignored: t.Any) -> None:
    return None
