"""Content of static web apps on disk: each upload is a folder of its own, made whole before anything points to it."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from azure_simulator.services.static_sites.rules import Plan


class ContentRefused(Exception):
    """An upload that cannot be served; the message is for whoever uploads."""


class Content:
    """The folder of all content: `uploads` while it comes in, then `ENVIRONMENT/VERSION`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def upload_path(self, version: str) -> Path:
        """Where the archive of an upload is kept until it is unpacked."""
        uploads = self._folder / "uploads"
        uploads.mkdir(parents=True, exist_ok=True)
        return uploads / f"{version}.zip"

    def path(self, build_id: str, version: str) -> Path:
        """The folder of one version."""
        return self._of(build_id) / version

    def unpack(self, archive: Path, build_id: str, version: str, plan: Plan, used: int) -> int:
        """Make a folder of an archive; how many bytes it holds.

        :param used: bytes of the site's other environments.
        :raises ContentRefused: for no archive, one that leaves its folder, or one too large for the plan.
        """
        target = self.path(build_id, version)
        try:
            with zipfile.ZipFile(archive) as opened:
                entries = [entry for entry in opened.infolist() if not entry.is_dir()]
                size = sum(entry.file_size for entry in entries)
                _check(entries, size, plan, used)
                target.mkdir(parents=True)
                opened.extractall(target, entries)
        except zipfile.BadZipFile as error:
            shutil.rmtree(target, ignore_errors=True)
            raise ContentRefused("The upload is not an archive.") from error
        return size

    def drop(self, build_id: str, version: str | None = None) -> None:
        """Remove a version of an environment, or all of them."""
        shutil.rmtree(self.path(build_id, version) if version else self._of(build_id), ignore_errors=True)

    def forget_uploads(self) -> None:
        """Remove what a killed simulator has left of uploads."""
        shutil.rmtree(self._folder / "uploads", ignore_errors=True)

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _of(self, build_id: str) -> Path:
        return self._folder / hashlib.sha256(build_id.lower().encode()).hexdigest()[:20]


def _check(entries: list[zipfile.ZipInfo], size: int, plan: Plan, used: int) -> None:
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts:
            raise ContentRefused(f"The archive holds {entry.filename}, which is outside of it.")
    if not entries:
        raise ContentRefused("The upload holds no file.")
    if len(entries) > plan.files:
        raise ContentRefused(f"The app has {len(entries)} files. The limit for this Static Web App is {plan.files}.")
    if size > plan.bytes:
        message = f"The size of the app content was too large. The limit for this Static Web App is {plan.bytes} bytes."
        raise ContentRefused(message)
    if size + used > plan.total:
        raise ContentRefused(f"The environments of this Static Web App together may hold {plan.total} bytes.")
