"""`allocation import`: files of batches, order lines, cancellations, shipments and receipts."""
