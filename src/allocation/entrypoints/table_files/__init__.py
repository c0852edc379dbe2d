"""Tables in files: what a person or another system writes, read row by row."""
