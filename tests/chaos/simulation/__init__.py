"""A deterministic simulation: several servers on one store, in a world made from a seed.

Time, chance and the order of simultaneous events come from the seed alone, so that every
failure can be repeated: `python -m tests.chaos.simulation SEED`. The bus, the processor, the
worker, the relay and the domain are the real ones; the store is the one in memory or a SQLite
file. Requests come from `tests.chaos.workload` and the records go to `tests.chaos.audit`, as
those of the rig do.
"""
