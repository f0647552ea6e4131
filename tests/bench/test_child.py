"""Processes are found, looked at and ended with all of their children; cores are chosen."""
import os
import subprocess

from benchlib import affinity, procfs
from benchlib.child import Child, stop_all, wait_until


def gone(pid):
    try:
        return procfs.parse_stat(open(f"/proc/{pid}/stat", encoding="ascii").read()) and False
    except OSError:
        return True


def family(tmp_path):
    """A shell that ignores SIGTERM, with a child."""
    child = Child(["/bin/sh", "-c", "trap '' TERM; sleep 60 & echo ready; wait"], os.sched_getaffinity(0),
                  tmp_path / "log", stdout=subprocess.PIPE)
    assert child.process.stdout.readline() == b"ready\n"
    return child


def test_a_stubborn_process_is_ended_with_its_children(tmp_path):
    child = family(tmp_path)
    pids = procfs.tree(child.pid)
    assert len(pids) == 2
    child.stop(patience=0.05)
    assert wait_until(lambda: all(gone(pid) for pid in pids), 5.0)
    child.stop()  # a second time changes nothing


def test_what_is_still_running_is_ended_with_the_driver(tmp_path):
    child = family(tmp_path)
    stop_all()
    assert not child.alive()


def test_what_proc_says_about_ourselves_is_read():
    ours = [os.getpid()]
    total, user, system = procfs.cpu_us(ours)
    assert total > 0 and abs(total - user - system) < max(50_000, total * 0.2)
    assert procfs.pss_kb(ours) > 1000
    assert procfs.threads(ours) >= 1


def test_a_process_name_with_blanks_and_parentheses_is_no_obstacle():
    assert procfs.parse_stat("7 (a) b (c) S 3 7 7 0 -1 4194560 1 2 3 4 50 60 0 0 20 0 1 0 9 9 9") == (3, 50, 60)


def test_the_proxy_has_a_core_of_its_own_as_soon_as_there_are_two():
    two = affinity.choose({4, 7})
    assert two.proxy == {7} and two.backend == two.load == {4}
    three = affinity.choose({0, 1, 2})
    assert len({three.proxy, three.backend, three.load}) == 3
    assert "not pinned" in affinity.choose({3}).describe()


def test_a_process_that_ended_by_itself_can_be_stopped(tmp_path):
    child = Child(["/bin/true"], os.sched_getaffinity(0), tmp_path / "log")
    assert wait_until(lambda: not child.alive(), 5.0)
    child.stop()
    assert not child.alive()
