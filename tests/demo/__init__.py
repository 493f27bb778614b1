"""The demo's answer key: what an audit at 2 November 2026 02:00 must say of every planted record.

Written by hand from what was planted (``tasks/demo/planted_*.yaml``), never from our engine.
"""
