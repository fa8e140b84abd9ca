"""Microsoft.Network: Traffic Manager profiles, their probes, and the addresses clients connect to."""
