"""`allocation export`: what is current, as files."""
