# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Static Web Apps CLI, which alone knows how content gets to Azure: installed as locked, and run. Private.

The deployment token is read by who runs it, and handed over in its environment only. The environment of the site is
always named: by itself the CLI takes one called preview.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import tempfile
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _command
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._command import Node
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import file_digest

_PROGRAM = pathlib.PurePath("node_modules", "@azure", "static-web-apps-cli", "dist", "cli", "bin.js")
_LOCKED = ("package.json", "package-lock.json")
_NODE = ">=18"
"""What the CLI itself needs."""

_REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"Invalid API key|deployment token provided was invalid|No matching Static Web App",
        "TokenInvalid",
        "Azure does not take the deployment token",
        "It may have been reset in this moment: run again, it is read anew each time.",
    ),
    (
        r"metadata from remote|aka\.ms",
        "ClientUnavailable",
        "the Static Web Apps CLI cannot download its client",
        "It needs https://aka.ms and what that leads to: check the network, or name a proxy in "
        "frontend_cli_environment (HTTPS_PROXY, NODE_EXTRA_CA_CERTS).",
    ),
    (
        r"maximum number of staging environments",
        "TooManyPreviews",
        "the site has as many previews as its SKU allows",
        "Remove one: deploy_frontend.yml -e frontend_environment=<its name> -e frontend_preview_state=absent.",
    ),
    (
        r"communicating with our content server|content distribution|InternalServerError",
        "UploadFailed",
        "Azure's content server has not taken it",
        "Run again; status.azure.com says whether it is Azure's own trouble.",
    ),
)
_REASON = re.compile(r"Deployment Failure Reason:\s*(.+)")
_UNSURE = "Upload Timed Out"


class StaticWebAppsCli:
    """The CLI as it is installed here.

    :param package: the folder with its C(package.json) and C(package-lock.json).
    :param directory: where it is installed; in the user's own state if this is not set.
    """

    def __init__(
        self, ctx: Context, package: pathlib.Path, directory: str | None, node_directory: str | None, deadline: float
    ) -> None:
        self._ctx, self._package, self._deadline = ctx, package, deadline
        self._node: Node = _command.find_node(node_directory)
        _command.find_node(node_directory, _NODE)
        base = pathlib.Path(directory) if directory else _operator.state_folder() / "static-web-apps-cli"
        self._folder = base / file_digest(package / _LOCKED[1])[:16]

    def install(self) -> None:
        """Install it as locked, unless it is; no script of a package is run for that.

        :raises OperationsError: C(InstallFailed).
        """
        if (self._folder / _PROGRAM).is_file():
            return
        _operator.make_private(self._folder.parent)
        with tempfile.TemporaryDirectory(dir=self._folder.parent, prefix=".installing-") as name:
            folder = pathlib.Path(name) / "cli"
            folder.mkdir()
            for file in _LOCKED:
                shutil.copy(self._package / file, folder)
            command = [self._node.npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
            doing = "Installing the Static Web Apps CLI"
            ended = _command.run(
                self._ctx,
                command,
                doing,
                cwd=folder,
                env=_command.environment(self._node, {}),
                timeout=self._deadline - time.monotonic(),
            )
            if ended.code:
                raise OperationsError(
                    f"{doing} has failed with exit code {ended.code}; npm ci said last:\n{ended.text}",
                    code="InstallFailed",
                    remedy="npm has to reach its registry: check the network, the proxy and the user's .npmrc.",
                    details={"lines": ended.lines},
                )
            try:
                folder.rename(self._folder)
            except OSError:  # another run was quicker
                if not (self._folder / _PROGRAM).is_file():
                    raise

    def upload(self, site: pathlib.Path, environment: str, token: str, more: t.Mapping[str, str]) -> None:
        """Upload a folder as the content of an environment.

        :param token: the deployment token, which is in nothing that is shown.
        :param more: variables for the CLI.
        :raises OperationsError: with what it said last; only a page tells whether something was changed.
        """
        with tempfile.TemporaryDirectory() as name:  # it packs the site in the directory it runs in
            env = {
                "SWA_CLI_DISABLE_TELEMETRY": "1",
                **_command.environment(self._node, more),
                "SWA_CLI_DEPLOYMENT_TOKEN": token,
            }
            program = str(self._folder / _PROGRAM)
            command = [self._node.path, program, "deploy", os.fspath(site), "--env", environment, "--no-use-keychain"]
            ended = _command.run(
                self._ctx,
                command,
                "Uploading",
                cwd=pathlib.Path(name),
                env=env,
                timeout=self._deadline - time.monotonic(),
                hide=[token],
            )
        if ended.code or _UNSURE in ended.text:
            raise failed(ended)


def failed(ended: _command.Ended) -> OperationsError:
    """Return what the CLI has said of a failure, as one line, with what to do."""
    said = _REASON.search(ended.text)
    details = {"lines": ended.lines}
    for pattern, code, message, remedy in _REASONS:
        if re.search(pattern, ended.text, re.IGNORECASE):
            reason = f": {said[1].rstrip('.')}" if said and code != "TokenInvalid" else ""
            return OperationsError(
                f"The upload has failed: {message}{reason}", code=code, remedy=remedy, details=details
            )
    if _UNSURE in ended.text:
        return OperationsError(
            "The upload has ended, but Azure has not said in time that it is served",
            code="UploadUncertain",
            remedy="Run again in some minutes.",
            details=details,
        )
    last = said[1] if said else "\n" + ended.text
    return OperationsError(
        f"The upload has failed with exit code {ended.code}; it said last: {last}",
        code="UploadFailed",
        remedy="Run again; if that does not help, what it says is the reason.",
        details=details,
    )
