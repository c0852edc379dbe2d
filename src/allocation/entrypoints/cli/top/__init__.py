"""`allocation top`: a live view of what the service does."""
