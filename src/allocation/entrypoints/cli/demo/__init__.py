"""`allocation demo`: a simulated year of a shop, to watch on the board."""
