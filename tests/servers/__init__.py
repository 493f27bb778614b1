"""Real servers, private and short-lived, so that tests meet the parts that production meets.

Each module starts one kind of server on loopback as a context manager and stops it again, after failures
too: no server needs to run beforehand and none is left behind. The fixtures stand in `tests/conftest.py`.
"""
