"""The simulator through unchanged clients and its own hooks."""
