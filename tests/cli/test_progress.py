from polygenesis.cli import progress


def test_plain_lines_come_every_few_seconds_with_the_time_left(capfd):
    times = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    with progress._lines("Simulating", lambda: next(times)) as advance:
        advance(5, 100)  # after 1 s: too early for a line
        advance(25, 100)  # after 6 s: 18 s left
        advance(30, 100)
        advance(50, 100)  # after 12 s: 12 s left
    assert capfd.readouterr().err == "Simulating: 25%, 18 s left\nSimulating: 50%, 12 s left\n"


def test_nothing_in_all_prints_nothing(capfd):
    times = iter([0.0, 10.0, 20.0])
    with progress._lines("Simulating", lambda: next(times)) as advance:
        advance(0, 0)
        advance(0, 10)
    assert capfd.readouterr().err == "Simulating: 0%\n"


def test_a_bar_on_a_terminal_ends_where_the_work_ends(capfd):
    with progress._bar("Simulating") as advance:
        advance(1.0, 2.0)
        advance(2.0, 2.0)


def test_lines_become_rarer_in_a_long_job(capfd):
    times = iter(float(second) for second in range(100_000))
    with progress._lines("Simulating", lambda: next(times)) as advance:
        for second in range(1, 36_000):
            advance(second, 36_000)
    assert capfd.readouterr().err.count("\n") < 200
