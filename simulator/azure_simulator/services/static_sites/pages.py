"""What answers on the own address of an environment: the files that were uploaded last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from azure_simulator.core.data_plane import DataPlaneApplication, DataPlaneError
from azure_simulator.core.service import Context
from azure_simulator.services.static_sites import configuration
from azure_simulator.services.static_sites.configuration import Configuration

# What every answer of the service carries; a site's configuration may say otherwise.
_HEADERS = {
    "Cache-Control": "public, must-revalidate, max-age=30",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=10886400; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
}
_WAITING = (
    "<!doctype html><html lang=en><title>Static web app</title><h1>This static web app waits for its content</h1>"
    "<p>The local Azure serves this page until something is uploaded.</p></html>"
)
_MISSING = "<!doctype html><html lang=en><title>404: Not Found</title><h1>404: Not Found</h1></html>"


class PageError(DataPlaneError):
    """An answer that is no page."""

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


class SiteApplication(DataPlaneApplication):
    """Serves one environment. `current` gives the folder of its content, None before there is any."""

    def __init__(self, context: Context, host: str, current: Callable[[], Path | None]) -> None:
        super().__init__(context, host)
        self._current = current
        self._read: tuple[Path, Configuration] | None = None

    def broken(self) -> PageError:
        return PageError(500, "InternalServerError", "The simulator broke; its log says where.")

    def headers(self) -> dict[str, str]:
        """None here: a site's configuration may take one away."""
        return {}

    async def answer(self, request: Request, path: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise PageError(405, "MethodNotAllowed", f"A static web app has no {request.method} for {path}.")
        folder = self._current()
        if folder is None:
            return HTMLResponse(_WAITING, headers=_HEADERS)
        rules = self._configuration(folder)
        file, status = _choose(folder, path, rules)
        response: Response
        if file is None:
            response = HTMLResponse(_MISSING, 404)
        else:
            stat = file.stat()
            tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
            if status == 200 and request.headers.get("if-none-match") == tag:
                response = Response(status_code=304)
            else:
                kind = configuration.media_type(rules, file.name)
                response = FileResponse(file, status, media_type=kind, stat_result=stat)
            response.headers["ETag"] = tag
        for name, value in {**_HEADERS, **rules.headers}.items():
            if value:
                response.headers[name] = value
        return response

    def _configuration(self, folder: Path) -> Configuration:
        if self._read is None or self._read[0] != folder:
            self._read = (folder, configuration.read(folder))
        return self._read[1]


def _choose(folder: Path, path: str, rules: Configuration) -> tuple[Path | None, int]:
    """The file that is served for a path, and with what status."""
    name = path.strip("/")
    if name == configuration.NAME:
        return _file(folder, rules.missing), 404
    candidates = (name, f"{name}/index.html", f"{name}.html") if name else ("index.html",)
    for candidate in candidates:
        if (file := _file(folder, candidate)) is not None:
            return file, 200
    if rules.fallback is not None and rules.falls_back(path) and (file := _file(folder, rules.fallback)) is not None:
        return file, 200
    return _file(folder, rules.missing), 404


def _file(folder: Path, name: str) -> Path | None:
    """A file of the folder; what lies outside of it does not exist."""
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve())
        return path if inside and path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None
