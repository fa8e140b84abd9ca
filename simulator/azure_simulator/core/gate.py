"""Who may use the hooks: whoever can read the state directory, and no web page.

A hook makes tokens and secrets, so a hook without a key would make everybody on the machine the owner of everything
here. A page in a browser is kept out twice: it has no key, and it cannot hide that it comes from elsewhere, neither by
its `Origin` nor, when its own name has been pointed at this machine (DNS rebinding), by its `Host`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path

from azure_simulator.core.files import write_private
from azure_simulator.core.routing import ArmResponse
from azure_simulator.settings import Settings

HEADER = "X-Simulator-Key"
_NAMES = (b"host", b"origin", b"sec-fetch-site", HEADER.lower().encode())


class Gate:
    """Decides on the headers of a request to a hook, before its body is read."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.hook_key.encode()
        self._host = settings.url.removeprefix("https://").encode()
        self._origin = settings.url.encode()

    def refusal(self, headers: Iterable[tuple[bytes, bytes]]) -> ArmResponse | None:
        """The answer to a request that may not pass, None for one that may. `headers` are ASGI's: names in lower case.

        A header that comes twice is refused: which of the two somebody else would believe is not known.
        """
        given: dict[bytes, list[bytes]] = {name: [] for name in _NAMES}
        for name, value in headers:
            if name in given:
                given[name].append(value)
        hosts, origins, sites, keys = (given[name] for name in _NAMES)
        if hosts != [self._host]:
            return _forbidden("ForeignHost", f"Hooks answer at https://{self._host.decode()} only, by that address.")
        if origins not in ([], [self._origin]) or any(site not in (b"same-origin", b"none") for site in sites):
            return _forbidden("ForeignOrigin", "Hooks are not for web pages.")
        if len(keys) != 1 or not hmac.compare_digest(keys[0], self._key):
            message = (
                f"Hooks need the header {HEADER}; the simulator's state directory has it ready: "
                "curl -H @STATE_DIR/hook-key"
            )
            return _forbidden("HookKeyRequired", message)
        return None


def header_of(state_dir: Path) -> dict[str, str]:
    """The header that opens the hooks of the simulator of a state directory."""
    return {HEADER: load_key(state_dir)}


def load_key(state_dir: Path) -> str:
    """The key of a state directory, made and written (mode 0600) once.

    The file `hook-key` is the header as curl takes it from a file, so that the key is in nobody's arguments.
    """
    path = state_dir / "hook-key"
    if path.exists():
        return path.read_text(encoding="ascii").removeprefix(f"{HEADER}: ").strip()
    key = secrets.token_urlsafe(32)
    write_private(path, f"{HEADER}: {key}\n")
    return key


def _forbidden(code: str, message: str) -> ArmResponse:
    return ArmResponse(403, {"error": {"code": code, "message": message}})
