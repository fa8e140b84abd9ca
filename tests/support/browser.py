"""A headless Chromium that trusts the local Azure, and what it sees of a page."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.waiting import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium")
MISSING = "" if CHROMIUM else "chromium is not installed; Debian's package of that name has it"


@dataclass(frozen=True)
class Seen:
    """What a browser has made of a page: the texts of its elements by id, and its console."""

    texts: dict[str, str]
    console: list[str]


class Browser:
    """Opens pages, each in a profile of its own.

    :param ca_path: the certificate authority to trust, by the digest of its key.
    :param folder: for profiles and pictures.
    """

    def __init__(self, ca_path: str, folder: Path) -> None:
        self._folder = folder
        [authority] = x509.load_pem_x509_certificates(Path(ca_path).read_bytes())
        key = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._trust = base64.b64encode(hashlib.sha256(key).digest()).decode()

    def open(self, url: str, *options: str) -> Seen:
        """Open a page, let its scripts run, and look at it."""
        run = self._run("--dump-dom", *options, url)
        texts = dict(re.findall(r'<\w+ id="([\w-]+)">([^<]*)<', run.stdout))
        console = re.findall(r"CONSOLE(?::\d+)?\S* \"(.*)\", source:", run.stderr)
        return Seen(texts, console)

    def picture(self, url: str, path: Path, *options: str) -> None:
        """Take a picture of a page."""
        self._run(f"--screenshot={path}", "--window-size=900,520", *options, url)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",  # a build may run as root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            f"--user-data-dir={self._folder / 'profile'}",
            f"--ignore-certificate-errors-spki-list={self._trust}",
            "--enable-logging=stderr",
            "--virtual-time-budget=30000",
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
