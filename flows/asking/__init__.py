"""Answers without an audit: is the house in order, what is covered, why this verdict."""
