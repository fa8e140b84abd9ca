"""Where a registry's tasks keep sources and logs: blobs behind URLs that let their bearer in, and expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from azure_simulator.core.data_plane import DataPlaneApplication, DataPlaneError
from azure_simulator.core.errors import ArmError
from azure_simulator.core.service import Context

PORT = 5443
_VERSION = "2025-11-05"
_SOURCE_SECONDS, _LOG_SECONDS = 3600, 4200
_PATH = re.compile(r"/(?P<container>container-[0-9a-f]{32})/(?P<name>[\w./-]+)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class StorageError(DataPlaneError):
    """An error of the storage service, whose code is in a header."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message, {"x-ms-error-code": code})

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


class TaskStorage:
    """The files, the signatures of URLs, and what is known of a log beside its text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: bytes | None = None
        self._complete: dict[str, str] = {}

    def path(self, container: str, name: str) -> Path:
        """Where a blob lies; never outside of its container."""
        parts = name.split("/")
        if ".." in parts or "" in parts:
            raise StorageError(400, "InvalidUri", "The requested URI does not represent any resource on the server.")
        return self._folder / container / Path(*parts)

    def url(self, address: str, container: str, name: str, permissions: str) -> str:
        """A URL of a blob with a signature."""
        seconds = _SOURCE_SECONDS if "w" in permissions else _LOG_SECONDS
        expiry = str(int(time.time()) + seconds)
        sig = quote(self._sign(container, name, permissions, expiry), safe="")
        return f"https://{address}:{PORT}/{container}/{name}?se={expiry}&sig={sig}&sp={permissions}&sr=b&sv={_VERSION}"

    def check(self, container: str, name: str, query: Any, permission: str) -> None:
        """403 unless the signature is ours, for this, and not too old."""
        permissions, expiry = query.get("sp", ""), query.get("se", "")
        expected = self._sign(container, name, permissions, expiry)
        fresh = expiry.isdigit() and int(expiry) > time.time()
        if permission not in permissions or not fresh or not hmac.compare_digest(expected, query.get("sig", "")):
            message = (
                "Server failed to authenticate the request. Make sure the value of the signature is formed correctly."
            )
            raise StorageError(403, "AuthenticationFailed", message)

    def _sign(self, container: str, name: str, permissions: str, expiry: str) -> str:
        text = "\n".join((container, name, permissions, expiry))
        return base64.b64encode(hmac.digest(self._secret(), text.encode(), hashlib.sha256)).decode()

    def _secret(self) -> bytes:
        if self._key is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._folder / "key"
            if not file.exists():
                file.touch(mode=0o600)
                file.write_bytes(secrets.token_bytes(32))
            self._key = file.read_bytes()
        return self._key

    def write(self, container: str, name: str, content: bytes) -> None:
        path = self.path(container, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def append(self, container: str, name: str, text: str) -> None:
        path = self.path(container, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text.encode())

    def finish(self, container: str, name: str, outcome: str) -> None:
        """Mark a log as complete."""
        self.write(container, f"{name}.complete", outcome.encode())

    def outcome(self, container: str, name: str) -> str | None:
        """How a run ended whose log this is, None while it goes on."""
        path = self.path(container, f"{name}.complete")
        return path.read_text() if path.is_file() else None

    def remove(self, container: str) -> None:
        shutil.rmtree(self._folder / container, ignore_errors=True)

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._key = None


class StorageApplication(DataPlaneApplication):
    """Answers as Blob storage does to what clients of registry tasks ask: Put Blob, Put Block (List), Get Blob."""

    def __init__(self, context: Context, host: str, storage: TaskStorage) -> None:
        super().__init__(context, host)
        self._storage = storage

    def broken(self) -> StorageError:
        return StorageError(500, "InternalError", "The simulator broke; its log says where.")

    def headers(self) -> dict[str, str]:
        return {"x-ms-version": _VERSION, "x-ms-request-id": secrets.token_hex(16)}

    def injected(self, error: ArmError) -> StorageError:
        return StorageError(error.status, error.code, error.message)

    async def answer(self, request: Request, path: str) -> Response:
        match = _PATH.fullmatch(path)
        if match is None:
            raise StorageError(400, "InvalidUri", "The requested URI does not represent any resource on the server.")
        container, name = match["container"], match["name"]
        if request.method == "PUT":
            self._storage.check(container, name, request.query_params, "w")
            return self._put(container, name, request, await request.body())
        if request.method in ("GET", "HEAD"):
            self._storage.check(container, name, request.query_params, "r")
            return self._get(container, name, request)
        raise StorageError(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")

    def _put(self, container: str, name: str, request: Request, content: bytes) -> Response:
        block = request.query_params.get("blockid")
        match request.query_params.get("comp"):
            case None:
                self._storage.write(container, name, content)
            case "block" if block:
                self._storage.write(container, f"{name}.blocks/{block.encode().hex()}", content)
            case "blocklist":
                blocks = re.findall(rb"<(?:Latest|Uncommitted)>([^<]+)</", content)
                parts = [self._storage.path(container, f"{name}.blocks/{one.hex()}") for one in blocks]
                if not all(part.is_file() for part in parts):
                    raise StorageError(400, "InvalidBlockList", "The specified block list is invalid.")
                self._storage.write(container, name, b"".join(part.read_bytes() for part in parts))
            case other:
                raise StorageError(501, "NotImplemented", f"The simulator does not know comp={other} of Blob storage.")
        digest = base64.b64encode(hashlib.md5(content).digest()).decode()
        headers = {"ETag": f'"0x{hashlib.sha256(content).hexdigest()[:15].upper()}"', "Content-MD5": digest}
        return Response(
            status_code=201, headers={**headers, "x-ms-request-server-encrypted": "true", **self._modified()}
        )

    def _get(self, container: str, name: str, request: Request) -> Response:
        path = self._storage.path(container, name)
        if not path.is_file():
            raise StorageError(404, "BlobNotFound", "The specified blob does not exist.")
        content = path.read_bytes()
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Disposition": "",
            "Content-Encoding": "utf-8",
            "Content-Type": "text/plain; charset=utf-8",
            "ETag": f'"0x{hashlib.sha256(content).hexdigest()[:15].upper()}"',
            "x-ms-blob-type": "AppendBlob",
            "x-ms-blob-committed-block-count": "1",
            "x-ms-creation-time": self._modified()["Last-Modified"],
            "x-ms-lease-state": "available",
            "x-ms-lease-status": "unlocked",
            "x-ms-server-encrypted": "true",
            **self._modified(),
        }
        if (outcome := self._storage.outcome(container, name)) is not None:
            headers["x-ms-meta-complete"] = outcome
        if request.method == "HEAD":
            return Response(status_code=200, headers={**headers, "Content-Length": str(len(content))})
        wanted = _RANGE.fullmatch(request.headers.get("x-ms-range") or request.headers.get("range") or "")
        if wanted is None:
            return Response(content, headers=headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if first >= len(content):
            raise StorageError(
                416, "InvalidRange", "The range specified is invalid for the current size of the resource."
            )
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Response(content[first : last + 1], status_code=206, headers=headers)

    def _modified(self) -> dict[str, str]:
        return {"Last-Modified": self._context.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")}
