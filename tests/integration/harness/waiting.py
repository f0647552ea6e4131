"""Waiting for a condition with a limit; the only place in the suite that polls."""
import time


def wait_until(condition, seconds=10.0, what="the condition", interval=0.02):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(interval)


def stays_true(condition, seconds, what="the condition", interval=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"{what} ended after {seconds - (deadline - time.monotonic()):.2f} s"
        time.sleep(interval)
