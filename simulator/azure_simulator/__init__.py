"""A local Azure for rehearsals and tests: real protocol, real rules, real processes, loopback only."""
