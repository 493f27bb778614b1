"""Measurements of docs/performance.md: against work by hand, interleaved in one run, medians, ratios first."""
