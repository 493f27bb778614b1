"""The real product Creme CRM 2.8.6, seeded with a known month, and the answer key to it.

Creme is AGPL and lives in a virtual environment of its own under ``.cache/``; ``seed.py`` runs there as a
subprocess. Nothing of ours imports Creme, and no dump of it is committed.
"""
