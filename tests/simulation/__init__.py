"""A deterministic simulation: several servers on one store, in a world made from a seed.

Time, chance and the order of what happens at the same moment come from the seed alone, so
that every failure can be seen again: `python -m tests.simulation SEED`. The bus, the
processor, the worker, the relay and the domain are the real ones; the store is the one in
memory, which passes the same contract suite as the databases.
"""
