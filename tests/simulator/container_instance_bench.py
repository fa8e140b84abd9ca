"""What the tests of container groups share: a local Azure, Microsoft's unchanged clients, small images."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.simulator_fixture import Simulator
from tests.support.waiting import until

GROUP = "codex-rg"
# Real seconds a condition may take on a busy machine.
PATIENCE = 180.0

SERVER = """
import http.server, json, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({**os.environ, "started": os.stat(f"/proc/{os.getpid()}").st_ctime_ns}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8001"))), Handler)
print("listening", flush=True)
server.serve_forever()
"""


class Bench:
    """A running simulator with its clients."""

    def __init__(self, azure: Simulator) -> None:
        self.azure = azure
        connection = azure.connection
        credential = ClientSecretCredential(
            connection["tenant_id"],
            connection["client_id"],
            connection["client_secret"],
            authority=connection["authority_host"],
            disable_instance_discovery=True,
            connection_verify=connection["ca_path"],
        )
        options: dict[str, Any] = {
            "base_url": connection["url"],
            "credential_scopes": [f"{connection['url']}/.default"],
            "connection_verify": connection["ca_path"],
        }
        self.credential = credential
        self.subscription_id = connection["subscription_id"]
        # Untyped: the models' members are all optional, and the tests know which ones an answer must have.
        self.resources: Any = ResourceManagementClient(credential, self.subscription_id, **options)
        self.client: Any = ContainerInstanceManagementClient(credential, self.subscription_id, **options)
        self.groups: Any = self.client.container_groups

    def prepare(self) -> None:
        """Register the provider, make the resource group, and put the images under public names."""
        self.resources.resource_groups.create_or_update(GROUP, {"location": "eastus"})
        self.register("Microsoft.ContainerInstance")
        self.image("web", SERVER)
        self.image("shell", "")

    def register(self, namespace: str) -> None:
        """Register a provider and wait for it."""
        self.resources.providers.register(namespace)
        until(lambda: self.resources.providers.get(namespace).registration_state == "Registered")

    def image(self, name: str, program: str, **options: Any) -> str:
        """Put an image under a public name; its digest."""
        body = {"name": name, "files": {"app/main.py": program}, "entrypoint": ["python", "/app/main.py"], **options}
        digest: str = self.azure.hook("POST", "images", body)["digest"]
        return digest

    def create(self, name: str, body: dict[str, Any]) -> Any:
        """PUT and wait for the operation; the SDK's ContainerGroup."""
        return self.groups.begin_create_or_update(GROUP, name, body).result()

    def resource_id(self, name: str) -> str:
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{GROUP}"
            f"/providers/Microsoft.ContainerInstance/containerGroups/{name}"
        )


@contextmanager
def running(azure: Simulator) -> Iterator[Bench]:
    """A started and prepared simulator."""
    azure.start()
    try:
        bench = Bench(azure)
        bench.prepare()
        yield bench
    finally:
        azure.stop()


def container(name: str = "api", image: str = "web", **properties: Any) -> dict[str, Any]:
    """A container of a request body, in the SDK's spelling."""
    resources = {"requests": {"cpu": 1.0, "memory_in_gb": 1.0}}
    return {"name": name, "image": image, "resources": resources, **properties}


def group(*containers: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A request body, in the SDK's spelling."""
    return {"location": "eastus", "os_type": "Linux", "containers": list(containers) or [container()], **properties}


def public(label: str | None = None, *ports: int) -> dict[str, Any]:
    """`ip_address` of a request body; port 8001 unless told otherwise."""
    address: dict[str, Any] = {"type": "Public", "ports": [{"port": port} for port in ports or (8001,)]}
    return address | ({"dns_name_label": label} if label else {})


def web(label: str | None = None, **properties: Any) -> dict[str, Any]:
    """A group with one web server, reachable on port 8001."""
    return group(container(ports=[{"port": 8001}], **properties), ip_address=public(label))


def fetch(url: str) -> bytes:
    """GET a URL of a container that may still be starting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                content: bytes = answer.read()
                return content
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.02)


def error_code(call: Callable[[], object]) -> tuple[int | None, str | None]:
    """HTTP status and `error.code` of the error a call must end with."""
    try:
        call()
    except HttpResponseError as error:
        return error.status_code, error.error.code if error.error else None
    raise AssertionError("the call succeeded")
