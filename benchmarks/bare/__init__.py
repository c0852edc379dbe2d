"""The bare limit: the rows and look-ups of an allocation, by the driver's own batches."""
