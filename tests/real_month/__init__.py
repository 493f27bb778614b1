"""A real month: what a typical helpdesk holds, with the holes that a real one has; made up, always the same."""
