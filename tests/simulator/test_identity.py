"""Tokens: what azure-identity sees, and the errors of wrong, unknown and expired credentials."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential, ClientSecretCredential
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.simulator_fixture import Simulator
from tests.support.waiting import PATIENCE_SECONDS, until


def _credential(simulator: Simulator, **changes: str) -> ClientSecretCredential:
    settings = {**simulator.settings(), **changes}
    return ClientSecretCredential(
        settings["tenant_id"],
        settings["client_id"],
        settings["client_secret"],
        authority=simulator.url,
        disable_instance_discovery=True,
    )


def test_client_secret(simulator: Simulator) -> None:
    token = _credential(simulator).get_token(f"{simulator.url}/.default")
    answer = simulator.call("GET", "/subscriptions", "2022-12-01", headers={"Authorization": f"Bearer {token.token}"})
    assert answer.json()["value"][0]["subscriptionId"] == simulator.connection["subscription_id"]


def test_client_assertion(simulator: Simulator) -> None:
    client_id = simulator.connection["client_id"]
    assertion = simulator.hook("POST", "identity/federated-token", {})["token"]
    credential = ClientAssertionCredential(
        simulator.connection["tenant_id"],
        client_id,
        lambda: assertion,
        authority=simulator.url,
        disable_instance_discovery=True,
    )
    assert credential.get_token(f"{simulator.url}/.default").token


def _forged(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa.generate_private_key(public_exponent=65537, key_size=2048), algorithm="RS256")


def _assertions(simulator: Simulator) -> dict[str, tuple[str, int]]:
    """What somebody might show who is not the workload, and how the answer is numbered."""
    good = simulator.hook("POST", "identity/federated-token", {})["token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = simulator.hook("POST", "identity/federated-token", {"client_id": "somebody-else"})["token"]
    expired = simulator.hook("POST", "identity/federated-token", {"lifetime": -60})["token"]
    return {
        "no token": ("nothing", 700027),
        "signed by anybody": (jwt.encode(claims, "k" * 32, algorithm="HS256"), 700027),
        "signed with a key of his own": (_forged(claims), 700027),
        "not signed": (jwt.encode(claims, "", algorithm="none"), 700027),
        "changed": (good[:-4] + "AAAA", 700027),
        "expired": (expired, 700024),
        "of another workload": (stranger, 700213),
        "an access token": (simulator.token(), 700211),
    }


@pytest.mark.parametrize("which", range(8))
def test_refused_assertions(simulator: Simulator, which: int) -> None:
    name, (assertion, number) = list(_assertions(simulator).items())[which]
    answer = _ask(
        simulator,
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_secret="",
    )
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [number]), name
    assert "access_token" not in answer.json()


def _ask(simulator: Simulator, **changes: str) -> requests.Response:
    settings = simulator.settings()
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
        "scope": f"{simulator.url}/.default",
        **changes,
    }
    url = f"{simulator.url}/{settings['tenant_id']}/oauth2/v2.0/token"
    return requests.post(url, data=form, verify=settings["ca_path"], timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("scope", "number"),
    [
        ("https://management.azure.com/.default", 500011),
        ("https://graph.microsoft.com/.default", 500011),
        ("https://127.0.0.1:1/.default", 500011),
        ("https://vault.rehearsal.invalid.example/.default", 500011),
        ("/.default", 500011),
        ("https://vault.rehearsal.invalid", 1002012),
        ("openid", 1002012),
        ("", 900144),
    ],
)
def test_no_token_for_others(simulator: Simulator, scope: str, number: int) -> None:
    answer = _ask(simulator, scope=scope)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [number])


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_secret": ""}, 401, 7000218),
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_id": ""}, 400, 900144),
        ({"client_id": "somebody"}, 400, 700016),
        ({"grant_type": "password"}, 400, 70003),
        ({"grant_type": ""}, 400, 70003),
    ],
)
def test_no_token_without_credentials(simulator: Simulator, changes: dict[str, str], status: int, number: int) -> None:
    answer = _ask(simulator, **changes)
    assert (answer.status_code, answer.json()["error_codes"]) == (status, [number])


class Planes:
    """What takes tokens: Azure Resource Manager, a vault, a registry."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        tenant = simulator.connection["tenant_id"]
        group = simulator.group("planes")
        simulator.register("Microsoft.KeyVault", "Microsoft.ContainerRegistry")
        vault = {"location": "eastus", "properties": {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}}}
        path = f"{group}/providers/Microsoft.KeyVault/vaults/planes-vault"
        found = simulator.call("PUT", path, "2026-02-01", vault).json()
        self._vault = found["properties"]["vaultUri"]
        path = f"{group}/providers/Microsoft.ContainerRegistry/registries/planesregistry"
        simulator.call("PUT", path, "2023-07-01", {"location": "eastus", "sku": {"name": "Basic"}})
        until(lambda: "loginServer" in simulator.call("GET", path, "2023-07-01").json()["properties"], "the registry")
        self._registry = simulator.call("GET", path, "2023-07-01").json()["properties"]["loginServer"]

    def status(self, plane: str, token: str) -> int:
        simulator = self._simulator
        headers = {"Authorization": f"Bearer {token}"}
        if plane == "arm":
            return simulator.call("GET", "/subscriptions", "2022-12-01", headers=headers).status_code
        if plane == "vault":
            return simulator.call("GET", f"{self._vault}secrets", "7.6", headers=headers).status_code
        form = {"grant_type": "access_token", "service": self._registry, "access_token": token}
        url = f"https://{self._registry}/oauth2/exchange"
        return requests.post(
            url, data=form, verify=simulator.connection["ca_path"], timeout=PATIENCE_SECONDS
        ).status_code

    def refresh_token(self, token: str) -> str:
        form = {"grant_type": "access_token", "service": self._registry, "access_token": token}
        url = f"https://{self._registry}/oauth2/exchange"
        answer = requests.post(url, data=form, verify=self._simulator.connection["ca_path"], timeout=PATIENCE_SECONDS)
        return str(answer.json()["refresh_token"])


def test_every_data_plane_takes_tokens_of_its_own_audience_only(simulator: Simulator) -> None:
    planes = Planes(simulator)
    arm = _ask(simulator).json()["access_token"]
    vault = _ask(simulator, scope="https://vault.rehearsal.invalid/.default").json()["access_token"]
    registry = _ask(simulator, scope="https://containerregistry.azure.net/.default").json()["access_token"]
    claims = jwt.decode(arm, options={"verify_signature": False})
    tokens = {
        "arm": arm,
        "vault": vault,
        "registry": registry,
        "a registry's own": planes.refresh_token(arm),
        "a workload's": simulator.hook("POST", "identity/federated-token", {})["token"],
        "expired": simulator.token(lifetime=-60),
        "of another key": _forged(claims),
        "not signed": jwt.encode(claims, "", algorithm="none"),
        "signed with the public key": jwt.encode(claims, "k" * 32, algorithm="HS256"),
        "none": "",
    }
    # A vault knows who it is, and that he has no role.
    good = {("arm", "arm"): 200, ("vault", "vault"): 403, ("registry", "registry"): 200, ("registry", "arm"): 200}
    for plane in ("arm", "vault", "registry"):
        for name, token in tokens.items():
            wanted = good.get((plane, name))
            status = planes.status(plane, token)
            assert status == wanted if wanted else status in (400, 401), (plane, name, status)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": "wrong"}, "AADSTS7000215"),
        ({"client_id": "11111111-1111-1111-1111-111111111111"}, "AADSTS700016"),
    ],
)
def test_refused_credentials(simulator: Simulator, changes: dict[str, str], code: str) -> None:
    with pytest.raises(ClientAuthenticationError, match=code):
        _credential(simulator, **changes).get_token(f"{simulator.url}/.default")


def test_unknown_tenant(simulator: Simulator) -> None:
    path = "/22222222-2222-2222-2222-222222222222/v2.0/.well-known/openid-configuration"
    answer = requests.get(simulator.url + path, verify=simulator.connection["ca_path"], timeout=PATIENCE_SECONDS)
    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [90002]


def test_rotated_secret_ends_the_old_one(simulator: Simulator) -> None:
    new = simulator.hook("POST", "identity/rotate-secret", {})["client_secret"]
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        _credential(simulator).get_token(f"{simulator.url}/.default")
    assert _credential(simulator, client_secret=new).get_token(f"{simulator.url}/.default").token


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "AuthenticationFailed"),
        ("Basic dXNlcjpwYXNz", "AuthenticationFailed"),
        ("Bearer not-a-token", "InvalidAuthenticationToken"),
    ],
)
def test_arm_refuses(simulator: Simulator, authorization: str, code: str) -> None:
    answer = simulator.call("GET", "/subscriptions", "2022-12-01", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == code
    assert (
        f'authorization_uri="{simulator.url}/{simulator.connection["tenant_id"]}"' in answer.headers["WWW-Authenticate"]
    )


def test_expired_token(simulator: Simulator) -> None:
    headers = {"Authorization": f"Bearer {simulator.token(lifetime=-60)}"}
    answer = simulator.call("GET", "/subscriptions", "2022-12-01", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "ExpiredAuthenticationToken"


def test_secrets_stay_out_of_the_request_log(simulator: Simulator) -> None:
    _credential(simulator).get_token(f"{simulator.url}/.default")
    assert simulator.connection["client_secret"] not in str(simulator.requests())
