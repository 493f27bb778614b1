"""One audit under way: its request, its steps in their order, what it tells and leaves."""
