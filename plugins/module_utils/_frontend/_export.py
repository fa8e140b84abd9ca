# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build has left: the folder with the site, whether it is static, how much it is. Private to this collection."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import file_digest

MARKER = "codex-release.json"
"""The file of a site that says which build it is; it is no part of the content."""

CONFIGURATION = "staticwebapp.config.json"
"""What Azure reads of a site instead of serving it."""

MEGABYTES = {"Free": 250, "Standard": 500}
"""The most that one environment may hold, by SKU: U(https://learn.microsoft.com/azure/static-web-apps/quotas)."""
FILES = 15000
"""The most files that one environment may hold."""

_DYNAMIC = (
    ("middleware", ("middleware.js", "middleware.ts", "src/middleware.js", "src/middleware.ts")),
    ("API routes", ("pages/api", "src/pages/api")),
)


class Content(t.NamedTuple):
    """What a site consists of.

    :param files: the SHA-256 by path, with C(/); without the marker.
    """

    files: dict[str, str]
    size_bytes: int

    @property
    def digest(self) -> str:
        """What tells this content from other: 64 hexadecimal digits."""
        lines = "".join(f"{path}\0{self.files[path]}\0" for path in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


def find(folder: pathlib.Path, sources: t.Collection[str], output: str | None) -> pathlib.Path:
    """Return the folder that a build has left the site in.

    :param folder: where the build ran.
    :param sources: the paths of what was built.
    :param output: the folder's name, where the operator has named it.
    :raises OperationsError: C(HybridBuild), C(OutputMissing), or C(OutputAmbiguous).
    """
    refuse_hybrid(folder, sources)
    if output:
        found = [folder / output] if (folder / output / "index.html").is_file() else []
    else:
        own = {path.split("/")[0] for path in sources}
        found = sorted(
            one.parent for one in folder.glob("*/index.html") if one.parent.name not in own | {"node_modules", ".next"}
        )
    if not found:
        where = f"{output}/index.html" if output else "a folder with an index.html"
        raise OperationsError(
            f"The build has ended well, but has not left {where}",
            code="OutputMissing",
            remedy="Set frontend_output to the folder that npm run build leaves the site in; for Next.js the project "
            'needs output: "export" in next.config.',
        )
    if len(found) > 1:
        raise OperationsError(
            f"The build has left several folders with an index.html: {', '.join(one.name for one in found)}",
            code="OutputAmbiguous",
            remedy="Set frontend_output to the one that is the site.",
        )
    return found[0]


def refuse_hybrid(folder: pathlib.Path, sources: t.Collection[str]) -> None:
    """Refuse a build of Next.js that needs a server.

    :raises OperationsError: C(HybridBuild), with what needs it and the line that makes it static.
    """
    try:
        content = json.loads((folder / ".next" / "required-server-files.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    configuration = content.get("config") or {}
    if configuration.get("output") == "export":
        return
    name = str(configuration.get("configFileName") or configuration.get("configOrigin") or "next.config.mjs")
    serves = [what for what, paths in _DYNAMIC if any(_is_among(path, sources) for path in paths)]
    if any(path.rpartition("/")[2] in ("route.js", "route.ts") for path in sources):
        serves.append("route handlers")
    needs = f" Its {' and '.join(serves)} would not work there, and have to move to the API." if serves else ""
    raise OperationsError(
        "The build is hybrid: it needs a server of Next.js, and a Static Web App serves files only",
        code="HybridBuild",
        remedy=f'Add one line to {name}: output: "export".{needs}',
    )


def read(folder: pathlib.Path) -> Content:
    """Return what is in the folder of a site.

    :raises OperationsError: C(OutputUnusable) for what is no file.
    """
    files, size = {}, 0
    for place, folders, names in os.walk(folder):
        here = pathlib.Path(place)
        for path in (here / name for name in (*folders, *names)):
            if path.is_symlink():
                raise OperationsError(
                    f"The build has left a symbolic link: {path.relative_to(folder)}",
                    code="OutputUnusable",
                    remedy="Have npm run build copy the file instead.",
                )
        for path in (here / name for name in names):
            relative = path.relative_to(folder).as_posix()
            if relative != MARKER:
                files[relative] = file_digest(path)
                size += path.stat().st_size
    return Content(files, size)


def refuse_excess(content: Content, sku: str) -> None:
    """Refuse what Azure would not take.

    :raises OperationsError: C(SiteTooLarge), C(TooManyFiles) or C(OutputEmpty).
    """
    if not content.size_bytes:
        raise OperationsError(
            "The build has left nothing but empty files", code="OutputEmpty", remedy="Look at what npm run build says."
        )
    megabytes = MEGABYTES.get(sku, MEGABYTES["Free"])
    if content.size_bytes > megabytes << 20:
        bigger = "set frontend_sku: Standard, which takes 500 MB, or " if sku == "Free" else ""
        raise OperationsError(
            f"The site has {content.size_bytes / (1 << 20):.0f} MB, and {sku} takes {megabytes} MB at most",
            code="SiteTooLarge",
            remedy=f"{bigger[:1].upper()}{bigger[1:]}{'l' if bigger else 'L'}eave out of it what is large, such as "
            "videos and source maps.",
        )
    if len(content.files) > FILES:
        raise OperationsError(
            f"The site has {len(content.files)} files, and Azure takes {FILES} at most",
            code="TooManyFiles",
            remedy="Leave out of it what nobody asks for, or have fewer pages built ahead.",
        )


def _is_among(path: str, sources: t.Collection[str]) -> bool:
    return any(one == path or one.startswith(f"{path}/") for one in sources)
