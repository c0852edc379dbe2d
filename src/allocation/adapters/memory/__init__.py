"""State and log in memory, for tests and experiments.

It passes the same contract suite as the databases: it works on copies, and rolls back.
"""
