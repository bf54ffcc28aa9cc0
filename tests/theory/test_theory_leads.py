"""How long leads last: the pieces against simulation, and every inequality of the bound along a flow."""

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.theory import leads

N, M = 24, 40


def starts(r: int, n: int = N, m: int = M, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, m**-0.5, (r, n, m))


def parts(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ReLU(W_i·W_j) without its diagonal, and the interference Σ_j ReLU(W_i·W_j) W_j."""
    overlap = np.maximum(w @ w.T, 0) * (1 - np.eye(len(w)))
    return overlap, overlap @ w


def test_rivals_are_those_of_random_rows():
    sizes = np.sort(np.abs(starts(4000)).reshape(-1, M), axis=1)
    gaps = sizes[:, -1:] - sizes[:, :-1]
    edges = np.linspace(0, 0.3, 7)
    counts = np.histogram(gaps, edges)[0] / len(sizes)
    middle = theory.rivals(M, (edges[1:] + edges[:-1]) / 2) * np.diff(edges)
    np.testing.assert_allclose(counts, middle, rtol=0.02)  # 96,000 rows: 0.6 % at most


def test_interference_at_the_start_is_a_shrinkage_and_a_normal_push():
    """Eq. lead-push: given Q the push on a coordinate has variance ‖W_i‖² Q/m (1 − W_ik²/S_i), and Q its mean."""
    shares, pushes = [], []
    for w in starts(3000):
        overlap, interference = parts(w)
        square = (w[0] ** 2).sum()
        q = (overlap[0] ** 2).sum() / square
        shares.append(q)
        spread = np.sqrt(square * q / M * (1 - w[0] ** 2 / square))
        pushes.append((interference[0] - q * w[0])[:3] / spread[:3])
    assert np.mean(shares) == pytest.approx((N - 1) / (2 * M), rel=0.02)
    z = np.concatenate(pushes)
    assert abs(z.mean()) < 4 / np.sqrt(z.size)
    assert z.var() == pytest.approx(1.0, abs=0.06)


def test_the_start_is_as_likely_as_it_says():
    failure, failed, networks = 0.3, 0, 400
    found = leads.likely_start(N, M, failure)
    for w in starts(networks, seed=1):
        overlap, _ = parts(w)
        square = (w**2).sum(axis=1)
        holds = (
            np.sort(np.abs(w[0]))[-2] >= found.second
            and max(1.0, np.sqrt(square.max())) <= found.row
            and np.abs(1 - square).max() <= found.norm_error
            and np.linalg.norm(w, 2) <= found.spectral
            and np.sqrt((w**2).sum(axis=0).max()) <= found.column
            and np.sqrt((overlap**2).sum(axis=1).max()) <= found.pull
            and (overlap[0] ** 2).sum() / square[0] <= found.common
        )
        failed += not holds
    assert failed / networks <= failure + 4 * np.sqrt(failure / networks)
    assert failed > 0, "bounds that never fail are looser than they need to be"


def test_each_event_is_tight_enough_to_fail_sometimes():
    level = leads._rectified_square(N, 0.05)
    g = np.random.default_rng(2).normal(size=(40_000, N - 1))
    assert (np.maximum(g, 0) ** 2).sum(axis=1).__gt__(level).mean() == pytest.approx(0.05, abs=0.005)
    second = leads._second_largest(M, 0.05)
    sizes = np.sort(np.abs(np.random.default_rng(3).normal(size=(40_000, M))), axis=1)
    assert (sizes[:, -2] < second).mean() == pytest.approx(0.05, abs=0.005)


def flow(w: np.ndarray, strength: float, step: float) -> np.ndarray:
    """One proximal step in the paper's clock."""
    _, interference = parts(w)
    w = w + step * ((1 - (w**2).sum(axis=1, keepdims=True)) * w - interference)
    return np.sign(w) * np.maximum(np.abs(w) - step * strength, 0)


def test_the_comparison_system_bounds_every_size_along_a_flow():
    """Eq. lead-growth, from the exact sizes of each network, at every step."""
    from scipy import integrate

    strength, step, number = 0.004, 1e-4, 200
    for w0 in starts(5, seed=4):
        w = w0.copy()
        overlap, first = parts(w)
        square = (w**2).sum(axis=1)
        start = leads.Start(
            second=0.0,
            row=max(1.0, float(np.sqrt(square.max()))),
            norm_error=float(np.abs(1 - square).max()),
            spectral=float(np.linalg.norm(w, 2)),
            column=float(np.sqrt((w**2).sum(axis=0).max())),
            pull=float(np.sqrt((overlap**2).sum(axis=1).max())),
            common=float((overlap[0] ** 2).sum() / square[0]),
        )
        y = [start.spectral, start.pull, start.column, start.norm_error, 0.0]
        bound = integrate.solve_ivp(
            lambda t, y, start=start: leads.growth(y, start, N, M, strength),
            (0, step * number),
            y,
            dense_output=True,
            rtol=1e-10,
        ).sol
        for k in range(1, number + 1):
            w = flow(w, strength, step)
            overlap, now = parts(w)
            sizes = (
                np.linalg.norm(w, 2),
                np.sqrt((overlap**2).sum(axis=1).max()),
                np.sqrt((w**2).sum(axis=0).max()),
                np.abs(1 - (w**2).sum(axis=1)).max(),
                np.abs(now[0] - start.common * w[0] - (first[0] - start.common * w0[0])).max(),
            )
            assert (np.array(sizes) <= bound(k * step) * (1 + 1e-9)).all()
            assert np.sqrt((w**2).sum(axis=1).max()) <= start.row + 1e-12


def test_leads_hold_until_the_proved_time_and_change_at_the_first_order_rate():
    failure, penalty = 0.2, 0.016
    proved = 4 * float(theory.lead_time(N, M, penalty=penalty, failure=failure))
    expected = 4 * 0.03 / float(theory.first_changes(N, M, 1.0))
    assert proved < expected
    by_proof, by_rate, features = 0, 0, 0
    for w0 in starts(150, seed=5):
        w, leader = w0.copy(), np.abs(w0).argmax(axis=1)
        for _ in range(20):
            w = flow(w, penalty / 4, proved / 20)
        by_proof += (np.abs(w).argmax(axis=1) != leader).sum()
        for _ in range(20):
            w = flow(w, penalty / 4, (expected - proved) / 20)
        by_rate += (np.abs(w).argmax(axis=1) != leader).sum()
        features += N
    assert by_proof / features <= failure
    assert by_rate / features == pytest.approx(0.03, abs=0.012)  # 108 expected; and second order


def test_times_shrink_with_certainty_and_clocks_translate():
    times = [float(theory.lead_time(N, M, penalty=0.016, failure=each)) for each in (0.01, 0.1, 0.5)]
    assert times == sorted(times)
    paper = float(theory.lead_time(N, M, penalty=0.004, failure=0.1, clock="paper"))
    assert paper == pytest.approx(4 * times[1])
    assert float(theory.first_changes(N, M, 4.0, clock="paper")) == pytest.approx(
        float(theory.first_changes(N, M, 1.0))
    )


def test_leaders_alone_against_random_leaders():
    leaders = np.random.default_rng(6).integers(0, M, (20_000, N))
    counts = [(np.bincount(each, minlength=M) >= 2).sum() for each in leaders]
    assert float(theory.leaders_alone(N, M)) == pytest.approx(np.mean(counts), abs=5 * np.std(counts) / 141)


def test_what_cannot_be_is_said_in_a_sentence():
    with pytest.raises(InputError, match="failure"):
        theory.lead_time(N, M, penalty=0.016, failure=1.0)
    with pytest.raises(InputError, match="`n` must be a whole number of at least 2"):
        theory.lead_time(1, M, penalty=0.016)
