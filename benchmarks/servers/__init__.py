"""Servers to compare with: each stands in for ours in a process of its own."""
