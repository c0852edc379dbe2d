"""The rules of allocation, in plain Python: no SQL, no HTTP, no clock, no randomness."""
