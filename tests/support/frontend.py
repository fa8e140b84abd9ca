"""Frontends for tests: a project that is built in no time, and where the Static Web Apps CLI is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.playbooks import ROOT

PROJECT = Path(__file__).parent / "frontend_project"
SAMPLE = ROOT / "simulator" / "azure_simulator" / "samples" / "frontend"
CLI_PACKAGE = ROOT / "roles" / "frontend" / "files" / "static-web-apps-cli"
CLI = ROOT / ".cache" / "static-web-apps-cli"
"""Where it is installed, once for all tests."""

MISSING = next(
    (f"{one} is not installed; it comes with Node.js" for one in ("node", "npm") if not shutil.which(one)), ""
)
needs_node = pytest.mark.skipif(bool(MISSING), reason=MISSING)
