"""The audit store as the rest of the house sees it, a file for each thing that is kept."""
