"""Tokens: what azure-identity sees, and the errors of wrong, unknown and expired credentials."""

from __future__ import annotations

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential, ClientSecretCredential

from tests.simulator_fixture import Simulator


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
    import jwt

    client_id = simulator.connection["client_id"]
    assertion = jwt.encode({"sub": client_id, "iss": "https://issuer.invalid"}, "k" * 32, algorithm="HS256")
    credential = ClientAssertionCredential(
        simulator.connection["tenant_id"],
        client_id,
        lambda: assertion,
        authority=simulator.url,
        disable_instance_discovery=True,
    )
    assert credential.get_token(f"{simulator.url}/.default").token


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
    answer = requests.get(simulator.url + path, verify=simulator.connection["ca_path"], timeout=30)
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
