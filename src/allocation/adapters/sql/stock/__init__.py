"""The stock in the database: products, their batches and their order lines."""
