"""The board: pages that show operations people the stock, the orders and the messages."""
