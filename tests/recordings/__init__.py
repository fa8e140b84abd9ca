"""The simulator against recorded traffic of the real Azure."""
