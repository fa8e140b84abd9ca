"""Playbooks as an operator runs them, on whole stacks."""
