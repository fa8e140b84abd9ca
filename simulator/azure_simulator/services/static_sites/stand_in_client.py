#!/usr/bin/env python3
"""The local Azure's stand-in for StaticSitesClient, which `swa deploy` downloads and runs.

It is not Microsoft's program and does not know its protocol: it uploads a folder to the local Azure, in that one's own
way. It reads the variables that the Static Web Apps CLI sets, and prints the lines that the CLI and people look for.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
import tempfile
import time
import uuid
import zipfile
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

SERVER = "static-web-apps.azure-simulator.invalid"
CONFIGURATION = "staticwebapp.config.json"
PATIENCE_SECONDS = 230
# Lines in red are those that the CLI shows without being asked for more.
RED = "\x1b[31m{}\x1b[0m"
NOT_SIMULATED = {"API_LOCATION": "an API of functions", "DATA_API_LOCATION": "a data API"}


class Failed(Exception):
    """Why nothing was deployed."""


def say(text: str) -> None:
    print(text, flush=True)


def connect() -> http.client.HTTPSConnection:
    """A connection to the content server, by the proxy that led here."""
    proxy = os.environ.get("HTTPS_PROXY") or ""
    if not proxy:
        raise Failed("HTTPS_PROXY is not set: it has to name the proxy of the local Azure.")
    trust = ssl.create_default_context(cafile=os.environ.get("NODE_EXTRA_CA_CERTS") or None)
    parts = urlsplit(proxy)
    connection = http.client.HTTPSConnection(str(parts.hostname), parts.port, context=trust, timeout=PATIENCE_SECONDS)
    connection.set_tunnel(SERVER, 443)
    return connection


def ask(method: str, path: str, body: IO[bytes] | None = None, size: int = 0) -> dict[str, Any]:
    """The JSON of an answer; an error of the server becomes Failed."""
    headers = {"Authorization": "Bearer " + os.environ.get("DEPLOYMENT_TOKEN", "").strip()}
    if body is not None:
        headers |= {"Content-Type": "application/zip", "Content-Length": str(size)}
    connection = connect()
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        raise Failed("") from None
    finally:
        connection.close()
    try:
        found: dict[str, Any] = json.loads(text) if text else {}
    except ValueError:
        found = {}
    if answer.status < 400:
        return found
    error = found.get("error") or {}
    raise Failed(error.get("message") or "InternalServerError")


def pack(folder: str, configuration: str | None, archive: IO[bytes]) -> int:
    """Put a folder into an archive; how large that is."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                opened.write(path, path.relative_to(folder))
        separate = Path(configuration or folder, CONFIGURATION)
        if separate.is_file() and CONFIGURATION not in opened.namelist():
            opened.write(separate, CONFIGURATION)
    archive.flush()
    size = archive.seek(0, os.SEEK_END)
    archive.seek(0)
    return size


def upload(environment: str) -> None:
    folder = os.environ.get("APP_LOCATION") or "."
    if not Path(folder).is_dir():
        raise Failed(f"App Directory Location: '{folder}' is invalid.")
    for variable, what in NOT_SIMULATED.items():
        if os.environ.get(variable):
            raise Failed(f"The local Azure does not simulate {what} ({variable}).")
    say(f"App Directory Location: '{folder}' was found.")
    with tempfile.TemporaryFile() as archive:
        say("Zipping App Artifacts")
        size = pack(folder, os.environ.get("CONFIG_FILE_LOCATION"), archive)
        say("Done Zipping App Artifacts")
        say("Uploading build artifacts.")
        started = ask("POST", f"/deployments?environment={quote(environment)}", archive, size)
    say("Finished Upload. Polling on deployment.")
    began = time.monotonic()
    pause = 0.1
    while True:
        found = ask("GET", f"/deployments/{started['id']}")
        took = time.monotonic() - began
        say(f"Status: {found['status']}. Time: {took:.2f}(s)")
        if found["status"] == "Succeeded":
            break
        if found["status"] != "InProgress":
            raise Failed(found.get("reason") or "InternalServerError")
        if took > PATIENCE_SECONDS:
            say("Upload Timed Out. Unsure if deployment was successful or not.")
            return
        time.sleep(pause)
        pause = min(2 * pause, 15)
    say("Deployment Complete :)")
    say(f"Visit your site at: {started['url']}")


def close(environment: str) -> None:
    ask("DELETE", f"/environments/{quote(environment)}")
    say("Deployment Complete :)")


def main() -> int:
    say("This is the local Azure's stand-in for StaticSitesClient.")
    say(f"DeploymentId: {uuid.uuid4()}")
    environment = os.environ.get("DEPLOYMENT_ENVIRONMENT") or "default"
    try:
        if os.environ.get("DEPLOYMENT_ACTION", "upload") == "close":
            close(environment)
        else:
            upload(environment)
    except Failed as failure:
        if str(failure):
            say(RED.format(f"Deployment Failure Reason: {failure}"))
        else:
            say(RED.format("We are currently experiencing problems communicating with our content server."))
        return 1
    say("Thanks for using Azure Static Web Apps!")
    say("Exiting")
    return 0


if __name__ == "__main__":
    sys.exit(main())
