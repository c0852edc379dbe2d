"""State and log in memory: for tests, and to try things out.

It passes the same contract suite as the databases: it hands out copies, and really
rolls back.
"""
