"""Runs a unittest file as one ctest test: exit 0 passed, 1 failed, 77 skipped with its reason on the last line. And what several files wait for."""
import sys
import time
import unittest


def until(holds, what, seconds=30):
    """Asks again and again until holds() is true."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)


def main():
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful() or not (result.testsRun or result.skipped):
        sys.exit(1)
    # A class or module that is skipped as a whole counts as skipped, and none of its tests as run.
    if len(result.skipped) >= result.testsRun:
        print(f"skipped: {result.skipped[0][1]}")
        sys.exit(77)
    if result.skipped:
        print("a part was skipped, which counts as failed: " + "; ".join(f"{t}: {why}" for t, why in result.skipped))
        sys.exit(1)
    sys.exit(0)
