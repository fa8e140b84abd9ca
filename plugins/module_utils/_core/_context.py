# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's code is given, wherever it runs: its parameters, its mode, its connection. Private."""

from __future__ import annotations

import functools
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact


class Context:
    """One task.

    :param params: validated parameters.
    :param report: shows progress while waiting.
    """

    max_impact = Impact.DATA_LOSS
    """The worst that the task may do to running things, for what only turns out in the middle of it."""

    def __init__(
        self,
        params: dict[str, t.Any],
        check_mode: bool,
        cache: RunCache,
        report: t.Callable[[str], None],
    ) -> None:
        self.params = params
        self.check_mode = check_mode
        self.report = report
        self.say = report
        """Shows a line of the output of a program that works for the task, at once and for good."""
        self.warnings: list[str] = []
        self.retries: list[str] = []
        self._cache = cache

    @property
    def wait(self) -> bool:
        """Whether to wait for the end of what is started."""
        return bool(self.params.get("wait", True))

    @property
    def timeout(self) -> float:
        """How long to wait, in seconds."""
        return float(self.params.get("timeout") or 0)

    @functools.cached_property
    def session(self) -> Session:
        """The connection; nothing is sent before it is used."""
        return Session(self.params, self._cache, self._note_retry)

    def part(self, params: dict[str, t.Any], *, check_mode: bool | None = None) -> Context:
        """Return what a part of this task is given: its own parameters and deadline, the task's mode and warnings.

        :param params: validated parameters.
        :param check_mode: where it is not that of the task.
        """
        one = Context(params, self.check_mode if check_mode is None else check_mode, self._cache, self.report)
        one.warnings, one.retries = self.warnings, self.retries
        one.max_impact = self.max_impact
        one.say = self.say
        return one

    def run_file(self, key: str) -> pathlib.Path | None:
        """Return a file of the run's private folder for something that the run's later tasks need; None without one."""
        return self._cache.path(key)

    def _note_retry(self, message: str) -> None:
        """Keep for the result, which is shown at -v only: a hiccup that is over is no warning."""
        self.retries.append(message)
        self.report(message)

    def assumes_empty(self) -> bool:
        """Return whether a rehearsal is to take it that what the task works on is not there yet.

        :raises OperationsError: with code C(CheckModeOnly), outside of check mode.
        """
        if self.params["assume_empty"] and not self.check_mode:
            raise OperationsError(
                "What is only assumed cannot be written to",
                code="CheckModeOnly",
                remedy="Remove assume_empty, or run with --check.",
            )
        return bool(self.params["assume_empty"])

    def warn(self, message: str) -> None:
        """Add a warning to the result."""
        self.warnings.append(message)
