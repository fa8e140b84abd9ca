"""Pushes an image with the `oras` library, through the registry's own protocol.

Credentials come from the environment, never from arguments: `REGISTRY_USERNAME` and `REGISTRY_PASSWORD` (the admin user
or any other), else the service principal of `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`, else the one
of the state directory. A service principal's token is exchanged at the registry, as `az acr login` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import oras.container
import oras.provider
import requests

from azure_simulator.registry.access import TOKEN_USER
from azure_simulator.samples.packing import Image

_TIMEOUT = 30


class PushError(RuntimeError):
    """The push failed; the message says what the registry answered."""


def push(
    image: Image, login_server: str, repository: str, tag: str, state_dir: Path, environment: Mapping[str, str]
) -> str:
    """Push the image under a tag; its digest. Layers the registry has are not sent again."""
    ca_path = str(state_dir / "ca.pem")
    session = requests.Session()
    session.verify = ca_path
    # A proxy of the machine has no business between two loopback addresses.
    session.trust_env = False
    credentials = _credentials(session, login_server, state_dir, environment)
    registry = oras.provider.Registry(hostname=login_server, tls_verify=ca_path)
    registry.session.trust_env = False
    # oras would ask for a token that may pull, for its first request, and then push with that one.
    registry.auth.set_token_auth(_push_token(session, login_server, repository, credentials))
    container = oras.container.Container(f"{repository}:{tag}", registry=login_server)
    for blob in (*image.layers, image.config):
        _check(registry.upload_blob(str(blob.path), container, blob.descriptor()), "a layer")
    response = registry.upload_manifest(image.manifest(), container)
    _check(response, "the manifest")
    return str(response.headers["Docker-Content-Digest"])


def _credentials(
    session: requests.Session, login_server: str, state_dir: Path, environment: Mapping[str, str]
) -> tuple[str, str]:
    if environment.get("REGISTRY_USERNAME"):
        return environment["REGISTRY_USERNAME"], environment.get("REGISTRY_PASSWORD", "")
    account: dict[str, str] = json.loads((state_dir / "azure.json").read_text())
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    if all(environment.get(name) for name in names):
        account |= {name.removeprefix("AZURE_").lower(): environment[name] for name in names}
    form = {
        "grant_type": "client_credentials",
        "client_id": account["client_id"],
        "client_secret": account["client_secret"],
        "scope": f"{account['cloud']}/.default",
    }
    url = f"{account['authority_host']}/{account['tenant_id']}/oauth2/v2.0/token"
    answer = session.post(url, data=form, timeout=_TIMEOUT)
    _check(answer, "the sign-in")
    form = {"grant_type": "access_token", "service": login_server, "access_token": answer.json()["access_token"]}
    answer = session.post(f"https://{login_server}/oauth2/exchange", data=form, timeout=_TIMEOUT)
    _check(answer, "the token exchange")
    return TOKEN_USER, answer.json()["refresh_token"]


def _push_token(session: requests.Session, login_server: str, repository: str, credentials: tuple[str, str]) -> str:
    parameters = {"service": login_server, "scope": f"repository:{repository}:pull,push"}
    url = f"https://{login_server}/oauth2/token"
    answer = session.get(url, params=parameters, auth=credentials, timeout=_TIMEOUT)
    _check(answer, "permission to push")
    return str(answer.json()["access_token"])


def _check(response: requests.Response, what: str) -> None:
    if not response.ok:
        raise PushError(f"the registry refused {what}: {response.status_code} {response.text[:300]}")
