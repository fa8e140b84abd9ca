"""The registry's own protocol: azure-containerregistry unchanged, plain HTTP where the specification is strict."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import subprocess
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential

from tests.simulator.clients import credential
from tests.simulator_fixture import Simulator
from tests.support.local_azure import COMMAND
from tests.support.waiting import PATIENCE_SECONDS

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PULL_ROLE = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """A registry with its admin user on."""

    simulator: Simulator
    id: str
    login_server: str
    username: str
    password: str

    def http(self, method: str, path: str, auth: Any = "admin", **options: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            url = path if path.startswith("https://") else f"https://{self.login_server}{path}"
            credentials = (self.username, self.password) if auth == "admin" else auth
            verify = self.simulator.connection["ca_path"]
            return session.request(method, url, auth=credentials, verify=verify, timeout=PATIENCE_SECONDS, **options)

    def upload(self, repository: str, content: bytes) -> str:
        start = self.http("POST", f"/v2/{repository}/blobs/uploads/")
        assert start.status_code == 202
        parameters = {"digest": digest(content)}
        done = self.http("PUT", start.headers["Location"], params=parameters, data=content)
        assert done.status_code == 201, done.text
        return digest(content)

    def image(self, repository: str, *tags: str, layer: bytes = b"layer") -> str:
        config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": self.upload(repository, config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar",
                    "digest": self.upload(repository, layer),
                    "size": len(layer),
                }
            ],
        }
        content = json.dumps(manifest).encode()
        for tag in tags:
            headers = {"Content-Type": MANIFEST}
            answer = self.http("PUT", f"/v2/{repository}/manifests/{tag}", data=content, headers=headers)
            assert answer.status_code == 201, answer.text
        return digest(content)


@pytest.fixture
def registry(simulator: Simulator) -> Registry:
    simulator.register("Microsoft.ContainerRegistry")
    path = f"{simulator.group('codex')}/providers/Microsoft.ContainerRegistry/registries/codexregistry"
    body = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    simulator.call("PUT", path, "2025-11-01", body).raise_for_status()
    simulator.hook("POST", "clock", {"seconds": 60})
    credentials = simulator.call("POST", f"{path}/listCredentials", "2025-11-01").json()
    resource = simulator.call("GET", path, "2025-11-01").json()
    return Registry(
        simulator,
        resource["id"],
        resource["properties"]["loginServer"],
        credentials["username"],
        credentials["passwords"][0]["value"],
    )


@pytest.fixture
def client(registry: Registry) -> ContainerRegistryClient:
    """The data-plane client with the service principal."""
    simulator = registry.simulator
    return ContainerRegistryClient(f"https://{registry.login_server}", credential(simulator), audience=simulator.url)


# -- the SDK ---------------------------------------------------------------------------------------------------------


def test_sdk_round_trip(client: ContainerRegistryClient) -> None:
    content = secrets.token_bytes(5 << 20)
    layer, size = client.upload_blob("app", io.BytesIO(content))
    config, config_size = client.upload_blob("app", io.BytesIO(b"{}"))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": config_size},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": size}],
    }
    pushed = client.set_manifest("app", manifest, tag="1.0")
    assert client.get_manifest("app", "1.0").digest == pushed
    assert b"".join(client.download_blob("app", layer)) == content
    assert list(client.list_repository_names()) == ["app"]
    assert client.get_tag_properties("app", "1.0").digest == pushed
    assert client.get_manifest_properties("app", pushed).size_in_bytes == size + config_size + len(
        json.dumps(manifest).encode()
    )


def test_sdk_lists_newest_first(client: ContainerRegistryClient, registry: Registry) -> None:
    for index in range(5):
        registry.image("app", f"v{index}", layer=f"layer {index}".encode())
    names = [tag.name for tag in client.list_tag_properties("app", order_by="timedesc", results_per_page=2)]
    assert names == ["v4", "v3", "v2", "v1", "v0"]
    assert len(list(client.list_manifest_properties("app", results_per_page=2))) == 5


def test_sdk_locks_and_deletes(client: ContainerRegistryClient, registry: Registry) -> None:
    pushed = registry.image("app", "one", "two")
    client.update_tag_properties("app", "one", can_delete=False)
    with pytest.raises(HttpResponseError, match="locked"):
        client.delete_tag("app", "one")
    client.delete_tag("app", "two")
    assert client.get_manifest_properties("app", pushed).tags == ["one"]
    client.update_tag_properties("app", "one", can_delete=True)
    client.delete_manifest("app", pushed)
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest("app", "one")
    client.delete_repository("app")
    assert list(client.list_repository_names()) == []


def test_sdk_refused_principal(registry: Registry) -> None:
    simulator = registry.simulator
    stranger = _application(simulator)
    client = ContainerRegistryClient(f"https://{registry.login_server}", stranger[0], audience=simulator.url)
    with pytest.raises((ClientAuthenticationError, HttpResponseError)):
        list(client.list_repository_names())


# -- permissions -----------------------------------------------------------------------------------------------------


def _application(simulator: Simulator) -> tuple[ClientSecretCredential, str, str, str]:
    ids = {"client_id": str(uuid.uuid4()), "object_id": str(uuid.uuid4()), "client_secret": secrets.token_urlsafe()}
    simulator.hook("POST", "identity/applications", ids)
    signed_in = ClientSecretCredential(
        simulator.connection["tenant_id"],
        ids["client_id"],
        ids["client_secret"],
        authority=simulator.url,
        disable_instance_discovery=True,
    )
    return signed_in, ids["client_id"], ids["object_id"], ids["client_secret"]


def test_pull_role_takes_effect_after_its_propagation(registry: Registry) -> None:
    simulator = registry.simulator
    registry.image("app", "1.0")
    _, client_id, object_id, secret = _application(simulator)
    path = "/v2/app/manifests/1.0"
    assert registry.http("GET", path, auth=(client_id, secret)).status_code == 403
    role = f"{simulator.subscription}/providers/Microsoft.Authorization/roleDefinitions/{PULL_ROLE}"
    assignment = f"{registry.id}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    body = {"properties": {"roleDefinitionId": role, "principalId": object_id}}
    assert simulator.call("PUT", assignment, "2022-04-01", body).status_code == 201
    simulator.hook("POST", "clock", {"seconds": 3600})
    assert registry.http("GET", path, auth=(client_id, secret)).status_code == 200
    assert registry.http("POST", "/v2/app/blobs/uploads/", auth=(client_id, secret)).status_code == 403
    assert simulator.call("DELETE", assignment, "2022-04-01").status_code == 200
    assert registry.http("GET", path, auth=(client_id, secret)).status_code == 403


def test_challenge_says_where_to_get_a_token(registry: Registry) -> None:
    answer = registry.http("GET", "/v2/", auth=None)
    service = registry.login_server
    assert answer.status_code == 401
    assert answer.headers["Www-Authenticate"] == f'Bearer realm="https://{service}/oauth2/token",service="{service}"'
    answer = registry.http("GET", "/v2/app/manifests/1", auth=None)
    assert 'scope="repository:app:pull"' in answer.headers["Www-Authenticate"]


def test_token_is_limited_to_its_scope(registry: Registry) -> None:
    registry.image("app", "1.0")
    parameters = {"service": registry.login_server, "scope": "repository:app:pull"}
    token = registry.http("GET", "/oauth2/token", params=parameters).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert registry.http("GET", "/v2/app/manifests/1.0", auth=None, headers=headers).status_code == 200
    refused = registry.http("POST", "/v2/app/blobs/uploads/", auth=None, headers=headers)
    assert refused.status_code == 401
    assert 'error="insufficient_scope"' in refused.headers["Www-Authenticate"]


def test_wrong_and_regenerated_passwords(registry: Registry) -> None:
    assert registry.http("GET", "/v2/", auth=(registry.username, "wrong")).status_code == 401
    body = {"name": "password"}
    registry.simulator.call("POST", f"{registry.id}/regenerateCredential", "2025-11-01", body).raise_for_status()
    assert registry.http("GET", "/v2/").status_code == 401


def test_admin_user_switched_off_ends_its_tokens(registry: Registry) -> None:
    registry.image("app", "1.0")
    parameters = {"service": registry.login_server, "scope": "repository:app:pull"}
    token = registry.http("GET", "/oauth2/token", params=parameters).json()["access_token"]
    body = {"properties": {"adminUserEnabled": False}}
    registry.simulator.call("PATCH", registry.id, "2025-11-01", body).raise_for_status()
    headers = {"Authorization": f"Bearer {token}"}
    assert registry.http("GET", "/v2/app/manifests/1.0", auth=None, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"publicNetworkAccess": "Disabled"}, 403),
        ({"networkRuleSet": {"defaultAction": "Deny", "ipRules": []}}, 403),
        ({"networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "127.0.0.0/8"}]}}, 200),
    ],
)
def test_network_rules(registry: Registry, properties: dict[str, Any], status: int) -> None:
    body = {"sku": {"name": "Premium"}, "properties": properties}
    registry.simulator.call("PATCH", registry.id, "2025-11-01", body).raise_for_status()
    assert registry.http("GET", "/v2/").status_code == status


def test_repository_permissions_mode_ignores_the_old_roles(registry: Registry, client: ContainerRegistryClient) -> None:
    assert list(client.list_repository_names()) == []
    body = {"properties": {"roleAssignmentMode": "AbacRepositoryPermissions"}}
    registry.simulator.call("PATCH", registry.id, "2025-11-01", body).raise_for_status()
    with pytest.raises(HttpResponseError):
        list(client.list_repository_names())
    assert registry.http("GET", "/v2/_catalog").status_code == 200


# -- the specification -----------------------------------------------------------------------------------------------


def test_chunked_upload_and_ranges(registry: Registry) -> None:
    start = registry.http("POST", "/v2/app/blobs/uploads/")
    location = start.headers["Location"]
    first = registry.http("PATCH", location, data=b"hello ", headers={"Content-Range": "0-5"})
    assert (first.status_code, first.headers["Range"]) == (202, "0-5")
    gap = registry.http("PATCH", location, data=b"world", headers={"Content-Range": "9-13"})
    assert (gap.status_code, gap.headers["Range"]) == (416, "0-5")
    assert registry.http("GET", location).status_code == 204
    registry.http("PATCH", location, data=b"world", headers={"Content-Range": "6-10"})
    done = registry.http("PUT", location, params={"digest": digest(b"hello world")})
    assert done.status_code == 201
    blob = f"/v2/app/blobs/{digest(b'hello world')}"
    assert registry.http("HEAD", blob).headers["Content-Length"] == "11"
    part = registry.http("GET", blob, headers={"Range": "bytes=6-10"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"world", "bytes 6-10/11")
    assert registry.http("GET", blob, headers={"Range": "bytes=50-60"}).status_code == 416


def test_wrong_digest_is_refused_and_leaves_nothing(registry: Registry) -> None:
    location = registry.http("POST", "/v2/app/blobs/uploads/").headers["Location"]
    answer = registry.http("PUT", location, params={"digest": digest(b"other")}, data=b"content")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert registry.http("HEAD", f"/v2/app/blobs/{digest(b'other')}").status_code == 404
    assert registry.http("GET", location).status_code == 404


def test_manifest_needs_its_blobs(registry: Registry) -> None:
    missing = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(b"absent"), "size": 6}
    body = {"schemaVersion": 2, "mediaType": MANIFEST, "config": missing, "layers": []}
    answer = registry.http("PUT", "/v2/app/manifests/1", json=body, headers={"Content-Type": MANIFEST})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "MANIFEST_BLOB_UNKNOWN")


def test_mount_between_repositories(registry: Registry) -> None:
    known = registry.upload("one", b"shared")
    assert registry.http("HEAD", f"/v2/two/blobs/{known}").status_code == 404
    mounted = registry.http("POST", "/v2/two/blobs/uploads/", params={"mount": known, "from": "one"})
    assert mounted.status_code == 201
    assert registry.http("GET", f"/v2/two/blobs/{known}").content == b"shared"
    unknown = registry.http("POST", "/v2/two/blobs/uploads/", params={"mount": digest(b"?"), "from": "one"})
    assert unknown.status_code == 202


def test_tags_differ_by_case_and_are_paged(registry: Registry) -> None:
    registry.image("app", "B", "a", "b")
    first = registry.http("GET", "/v2/app/tags/list", params={"n": 2})
    assert first.json() == {"name": "app", "tags": ["B", "a"]}
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert registry.http("GET", following).json()["tags"] == ["b"]
    assert registry.http("GET", "/v2/none/tags/list").json()["errors"][0]["code"] == "NAME_UNKNOWN"


def test_referrers(registry: Registry) -> None:
    subject = registry.image("app", "1.0")
    empty = registry.upload("app", b"{}")
    artifact = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/example",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2},
        "layers": [],
        "subject": {"mediaType": MANIFEST, "digest": subject, "size": 1},
    }
    content = json.dumps(artifact).encode()
    answer = registry.http(
        "PUT", f"/v2/app/manifests/{digest(content)}", data=content, headers={"Content-Type": MANIFEST}
    )
    assert answer.headers["OCI-Subject"] == subject
    found = registry.http("GET", f"/v2/app/referrers/{subject}").json()["manifests"]
    assert [item["artifactType"] for item in found] == ["application/example"]


@pytest.mark.parametrize("name", ["UPPER", "a//b", "-a", "a" * 300])
def test_bad_repository_names(registry: Registry, name: str) -> None:
    answer = registry.http("PUT", f"/v2/{name}/manifests/1", data=b"{}", headers={"Content-Type": MANIFEST})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "NAME_INVALID")


# -- the sample ------------------------------------------------------------------------------------------------------


def _push_command(registry: Registry) -> list[str]:
    state_dir = str(registry.simulator.state_dir)
    return [str(COMMAND), "push-sample", "--state-dir", state_dir, "--registry", registry.login_server]


def test_push_sample(registry: Registry, client: ContainerRegistryClient) -> None:
    command = _push_command(registry)
    first = subprocess.run([*command, "--tag", "1.0"], capture_output=True, text=True, check=True)
    second = subprocess.run(
        [*command, "--tag", "1.1"],
        capture_output=True,
        text=True,
        check=True,
        env={"REGISTRY_USERNAME": registry.username, "REGISTRY_PASSWORD": registry.password, "PATH": "/usr/bin:/bin"},
    )
    one, two = (vars(client.get_manifest("codex-backend", tag)) for tag in ("1.0", "1.1"))
    assert one["digest"] in first.stdout
    assert two["digest"] in second.stdout
    assert one["manifest"]["layers"] == two["manifest"]["layers"]
    config = json.loads(b"".join(client.download_blob("codex-backend", two["manifest"]["config"]["digest"])))
    assert config["config"]["Entrypoint"] == ["python", "/app/main.py"]
    assert "APP_VERSION=1.1" in config["config"]["Env"]


def test_push_sample_with_a_wrong_password(registry: Registry) -> None:
    command = _push_command(registry)
    environment = {"REGISTRY_USERNAME": registry.username, "REGISTRY_PASSWORD": "wrong", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*command, "--tag", "1.0"], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "wrong" not in done.stderr
