"""Every executor keeps one contract; the local one also outlives its workers, and its workers never outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenface.errors import EvenfaceError, UsageFault
from evenface.executors import EXECUTORS, Done, Failed, run

EVERY = pytest.mark.parametrize("executor", list(EXECUTORS))


def square(number):
    if number == 3:
        raise ValueError("three is not wanted")
    if number == 5:
        raise EvenfaceError("five is not wanted", "take six")
    if number == 6:
        raise SystemExit("six leaves")
    return number * number


def whoami(number):
    return os.getpid()


def die(number):
    if number == 7:
        os._exit(9)
    if number == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def interrupted(number):
    os.kill(os.getpid(), signal.SIGINT)
    return number


def unsendable(number):
    return lambda: number


def sleep(task):
    folder, seconds = task
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(seconds)
    return seconds


def by_task(outcomes):
    return sorted(outcomes, key=lambda outcome: outcome.task)


def essence(outcome):
    """Return an outcome without its traceback, which names lines."""
    return (outcome.task, outcome.value) if isinstance(outcome, Done) else (outcome.task, outcome.what, outcome.hint)


def counted(tasks, taken):
    for task in tasks:
        taken.append(task)
        yield task


def alive(pid):
    """Tell whether a process still runs; one that ended and was not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids(folder, count):
    """Wait until ``count`` workers have signed in."""
    while len(names := [path.name for path in folder.iterdir()]) < count:
        time.sleep(0.02)
    return [int(name) for name in names]


@EVERY
def test_every_task_has_one_outcome(executor):
    outcomes = run(square, iter((0, 1, 2, 4, 9, 10, 11)), 2, life=2, executor=executor)
    assert by_task(outcomes) == [Done(n, n * n) for n in (0, 1, 2, 4, 9, 10, 11)]


@EVERY
def test_an_exception_fails_its_own_task_alone(executor):
    outcomes = by_task(run(square, [2, 3, 4], 2, executor=executor))
    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done]
    assert (outcomes[1].what, outcomes[1].hint) == ("ValueError: three is not wanted", "")
    assert "in square" in outcomes[1].traceback


@EVERY
def test_our_errors_keep_what_and_hint(executor):
    (failed,) = run(square, [5], executor=executor)
    assert (failed.task, failed.what, failed.hint) == (5, "five is not wanted", "take six")


@EVERY
def test_work_that_exits_politely_fails_its_task(executor):
    (failed,) = run(square, [6], executor=executor)
    assert failed.what == "SystemExit: six leaves"


@EVERY
def test_nothing_to_do(executor):
    assert list(run(square, [], 3, executor=executor)) == []


@EVERY
def test_outcomes_do_not_depend_on_order_or_workers(executor):
    tasks = list(range(9))
    forward = run(square, tasks, 1, executor=executor)
    reverse = run(square, tasks[::-1], 3, life=2, executor=executor)
    assert list(map(essence, by_task(reverse))) == list(map(essence, by_task(forward)))


@EVERY
def test_tasks_are_taken_as_they_are_needed(executor):
    taken = []
    outcomes = run(whoami, counted(range(1_000_000), taken), 2, executor=executor)
    assert not taken
    for _ in range(4):
        next(outcomes)
    outcomes.close()
    assert len(taken) <= 4 + 2 * (2 + 1)


@EVERY
def test_tasks_that_cannot_be_made_end_the_run(executor):
    def tasks():
        yield 1
        raise EvenfaceError("no more tasks", "")

    with pytest.raises(EvenfaceError, match="no more tasks"):
        list(run(square, tasks(), 1, executor=executor))
    assert multiprocessing.active_children() == []


@EVERY
@pytest.mark.parametrize(("name", "value"), [("workers", 0), ("workers", -1), ("life", 0)])
def test_a_count_below_one_is_wrong_use_before_any_task(executor, name, value):
    taken = []
    with pytest.raises(UsageFault) as fault:
        run(square, counted([1], taken), executor=executor, **{name: value})
    assert fault.value.what == f"{name} is {value}, but at least 1 is needed"
    assert not taken


def test_an_unknown_executor_lists_the_known():
    with pytest.raises(UsageFault) as fault:
        run(square, [], executor="cloud")
    assert (fault.value.what, fault.value.hint) == ("there is no executor 'cloud'", "choose one of: serial, local")


def test_serial_stays_in_this_process_and_keeps_the_order():
    assert [(o.task, o.value) for o in run(whoami, [3, 1, 2], 4, executor="serial")] == [(n, os.getpid()) for n in (3, 1, 2)]


def test_one_local_worker_is_still_another_process():
    (outcome,) = run(whoami, [1], 1)
    assert outcome.value != os.getpid()


def test_workers_are_replaced_after_their_life():
    values = [outcome.value for outcome in run(whoami, range(7), 1, life=3)]
    assert [len(set(values[i : i + 3])) for i in (0, 3, 6)] == [1, 1, 1]
    assert len(set(values)) == 3


def test_a_dying_worker_fails_the_guilty_task_alone():
    outcomes = by_task(run(die, range(20), 3, life=4))
    assert [outcome.task for outcome in outcomes] == list(range(20))
    failed = {outcome.task: outcome for outcome in outcomes if isinstance(outcome, Failed)}
    assert set(failed) == {3, 5, 6, 7, 8}
    assert failed[7].what == "the worker process ended with exit code 9 in the middle of this task"
    assert failed[8].what == "the worker process was killed by SIGKILL in the middle of this task"
    assert failed[8].hint == "memory may have run out: use fewer workers"


def test_a_value_that_cannot_cross_fails_its_task():
    outcomes = list(run(unsendable, [1, 2], 1))
    assert sorted(outcome.task for outcome in outcomes) == [1, 2]
    assert all(isinstance(outcome, Failed) and "unsendable" in outcome.what for outcome in outcomes)


def test_workers_leave_interrupts_to_the_parent():
    # A terminal sends Ctrl-C to every process; a worker that obeyed would answer with a traceback of its own.
    assert list(run(interrupted, [1], 1)) == [Done(1, 1)]


@pytest.mark.timeout(60)
def test_closing_ends_busy_workers(tmp_path):
    # The timeout is the assertion: the tasks alone would take ten minutes.
    outcomes = run(sleep, [(tmp_path, seconds) for seconds in (0, 600, 600)], 2)
    assert next(outcomes).value == 0
    busy = pids(tmp_path, 2)
    outcomes.close()
    assert [pid for pid in busy if alive(pid)] == []


PROGRAM = """
import os, sys
from pathlib import Path
from test_executors import sleep
from evenface.executors import run
if __name__ == "__main__":
    for outcome in run(sleep, [(sys.argv[1], 600), (sys.argv[1], 0)], 2):
        (Path(sys.argv[1]) / str(os.getpid())).touch()
"""


@pytest.fixture
def program(tmp_path):
    """Start a program, in a session of its own, one of whose workers is busy for ten minutes and one idle."""
    script, folder = tmp_path / "program.py", tmp_path / "workers"
    script.write_text(PROGRAM)
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])}
    with subprocess.Popen(
        [sys.executable, str(script), str(folder)], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process, [pid for pid in pids(folder, 3) if pid != process.pid]
        process.kill()


@pytest.mark.timeout(60)
def test_ctrl_c_at_a_terminal_ends_all_and_only_the_parent_speaks(program):
    process, workers = program
    os.killpg(process.pid, signal.SIGINT)
    _, spoken = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert spoken.count("Traceback") == 1
    assert "KeyboardInterrupt" in spoken
    assert [pid for pid in workers if alive(pid)] == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_workers_follow_a_parent_that_is_killed(program, with_signal):
    process, workers = program
    assert len(workers) == 2
    process.send_signal(with_signal)
    while any(alive(pid) for pid in workers):  # for ever, if they were orphans
        time.sleep(0.05)
