"""Pure functions: arrays in, arrays out; no disk, clock, network or global random."""
