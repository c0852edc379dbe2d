"""An invented furniture shop, and a simulated year of it.

Plain Python: no clock, no I/O, and no randomness but that of a seed. It imports the events of the
domain only.
"""
