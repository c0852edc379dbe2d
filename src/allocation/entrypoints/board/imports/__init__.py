"""`/board/import`: files are uploaded, tried, and imported in the background."""
