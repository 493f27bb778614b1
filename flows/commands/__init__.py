"""What an engineer or officer types: one file a group of verbs, each with ``add_to``."""
