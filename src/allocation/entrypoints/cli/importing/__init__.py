"""`allocation import`: files of batches and order lines become messages."""
