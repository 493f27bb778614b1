"""Pages over all reports of a folder, and the proof of one of them."""
