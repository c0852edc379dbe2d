"""Measurements: ratios within one run, with the raw figures beside them."""
