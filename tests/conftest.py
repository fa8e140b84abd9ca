"""Fixtures for every test."""

from __future__ import annotations

pytest_plugins = ["tests.simulator_fixture", "tests.support.azurite", "tests.support.database"]
