"""The requests of callers, served or simulated: by chance, and the same for the same seed.

They are every message from outside that the registry has. `supply` makes those about batches,
`demand` those about order lines and orders, `refused` those that are always refused.
"""

from tests.chaos.workload.callers import Workload, short_history
from tests.chaos.workload.inventory import Inventory
from tests.chaos.workload.operations import MESSAGES, Operation

__all__ = ["MESSAGES", "Inventory", "Operation", "Workload", "short_history"]
