"""Matching latents of several dictionaries: planted ones are found, unrelated ones refused, at stated error rates."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from polygenesis.errors import InputError
from polygenesis.probe.dictionaries import assignment
from polygenesis.probe.dictionaries.assignment import NONE, assign, nearest, nearest_other
from polygenesis.probe.dictionaries.matching import match
from polygenesis.probe.dictionaries.nulls import chance_cut, mixed_rows, unit_rows

LATENTS, NEURONS = 192, 64


def plain(random, rows):
    return random.standard_normal((rows, NEURONS))


def anisotropic(random, rows):
    """Rows with a common mean direction, and a standard deviation that falls ninefold over the neurons."""
    scale = 1 / np.sqrt(1 + np.arange(NEURONS))
    return random.standard_normal((rows, NEURONS)) * scale + 0.15


def clustered(random, rows):
    """Rows around ten directions that all dictionaries have in common."""
    centres = np.random.default_rng(99).standard_normal((10, NEURONS))
    return centres[random.integers(0, 10, rows)] + random.standard_normal((rows, NEURONS))


def sparse(random, rows):
    """Rows with five neurons each."""
    chosen = random.random((rows, NEURONS)).argsort(axis=1) < 5
    return np.where(chosen, random.standard_normal((rows, NEURONS)), 0)


KINDS = [plain, anisotropic, clustered, sparse]


@pytest.mark.parametrize("kind", KINDS)
def test_unrelated_rows_reach_the_cut_as_seldom_as_stated(kind):
    """30 sets of 192 rows at 1 %: rows of one set go together, so the bound is three errors *between* sets."""
    shares = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        first, second = (unit_rows(kind(random, LATENTS)) for _ in range(2))
        cut, _ = chance_cut(first, [second], 0.01, seed)
        shares.append((assign(first, second)[1] >= cut).mean())
    assert np.mean(shares) <= 0.01 + 3 * np.std(shares) / np.sqrt(30)


def test_isotropic_chance_would_match_anisotropic_rows():
    """The control: the cut for random directions lets through what the covariance alone brings together."""
    random = np.random.default_rng(0)
    first, second = (unit_rows(anisotropic(random, LATENTS)) for _ in range(2))
    isotropic, _ = chance_cut(unit_rows(plain(random, LATENTS)), [unit_rows(plain(random, LATENTS))], 0.01, 0)
    assert (assign(first, second)[1] >= isotropic).mean() > 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_unrelated_dictionaries_are_refused(kind):
    """10 sets at an error of one in 100 a row: a tenth of 192 rows by chance is out of reach."""
    for seed in range(5):
        random = np.random.default_rng([1, seed])
        for number in (2, 4):
            with pytest.raises(InputError, match="cannot be matched"):
                match([kind(random, LATENTS) for _ in range(number)])


def planted(kind, seed, number=3, share=0.5, noise=0.4):
    """Dictionaries with a share of rows in common, but for noise, in an order and at lengths of their own.

    Returns them and where each row of the first ``share`` of them is in each, (number, common).
    """
    random = np.random.default_rng(seed)
    common = unit_rows(kind(random, int(share * LATENTS)))
    decoders, places = [], []
    for _ in range(number):
        rows = np.concatenate([common, unit_rows(kind(random, LATENTS - len(common)))])
        rows = rows + noise * random.standard_normal(rows.shape) / np.sqrt(NEURONS)
        order = random.permutation(LATENTS)
        decoders.append(random.uniform(0.5, 2, (LATENTS, 1)) * rows[order])
        places.append(np.argsort(order)[: len(common)])
    return decoders, np.stack(places)


@pytest.mark.parametrize(("kind", "noise"), [(plain, 0.4), (anisotropic, 0.3), (clustered, 0.4), (sparse, 0.2)])
def test_planted_rows_are_found(kind, noise):
    found = right = true = 0
    for seed in range(10):
        decoders, places = planted(kind, [2, seed], noise=noise)
        matching = match(decoders)
        known = {tuple(column) for column in places.T}
        found += matching.matched
        right += sum(tuple(column) in known for column in matching.rows.T)
        true += len(known)
    assert right >= 0.95 * true
    assert found - right <= 0.02 * found


def test_a_matching_states_what_it_did():
    decoders, _ = planted(plain, 3)
    decoders[1] = np.concatenate([decoders[1], np.zeros((8, NEURONS))])
    found = match(decoders)
    units = [unit_rows(each) for each in decoders]
    for r in range(3):
        chosen = units[r][found.rows[r]]
        expected = (chosen * units[found.reference][found.rows[found.reference]]).sum(axis=1)
        assert np.allclose(found.cosines[r], expected, atol=1e-5)
    assert found.sizes == (192, 200, 192)
    assert found.dead == (0, 8, 0)
    assert found.left_out == tuple(size - found.matched for size in found.sizes)
    assert (found.cosines >= found.cut).all()
    assert (np.diff(found.rows[found.reference]) > 0).all()
    assert found.names == tuple(f"latent {row}" for row in found.rows[found.reference])
    assert f"{found.matched} latents are in all 3 dictionaries" in found.sentence
    assert repr(match(decoders)) == repr(found)


def test_the_reference_is_the_dictionary_nearest_to_the_others():
    """Two dictionaries each keep their own half of the middle one."""
    random = np.random.default_rng(4)
    middle = plain(random, LATENTS)
    left, right = middle.copy(), middle.copy()
    left[80:120] = plain(random, 40)
    right[120:160] = plain(random, 40)
    found = match([left, middle, right])
    assert found.reference == 1
    assert set(found.rows[1]) == {*range(80), *range(160, LATENTS)}


def test_signs_are_kept():
    decoder = plain(np.random.default_rng(5), LATENTS)
    with pytest.raises(InputError, match="cannot be matched"):
        match([decoder, -decoder])


def test_dictionaries_of_different_sizes_are_matched():
    random = np.random.default_rng(6)
    decoder = plain(random, LATENTS)
    found = match([np.concatenate([decoder, plain(random, 100)]), decoder[::-1]])
    assert found.matched == LATENTS
    assert (found.rows.sum(axis=0) == LATENTS - 1).all()


def test_copies_of_a_dictionary_of_single_neurons_are_matched():
    """Latents that share a neuron have one row: either may stand for the other."""
    decoder = np.zeros((48, 64), np.float32)
    home = np.arange(48)
    home[1:24:2] = home[0:24:2]
    decoder[np.arange(48), home] = 1
    random = np.random.default_rng(7)
    copies = [decoder[random.permutation(48)] for _ in range(5)]
    found = match(copies)
    assert found.matched == 48
    assert np.unique([copy[rows] for copy, rows in zip(copies, found.rows, strict=True)], axis=0).shape[0] == 1


def test_rows_of_single_neurons_are_one_direction_from_a_cosine_of_95_on():
    """Without that bound unrelated rows that share a neuron would set the cut above what the noise lets rows reach."""
    random = np.random.default_rng(12)
    decoder = np.eye(64)[random.permutation(64)[:40]]
    noisy = [(decoder + 0.02 * random.standard_normal(decoder.shape))[random.permutation(40)] for _ in range(5)]
    found = match(noisy)
    assert found.cut == 0.95
    assert found.matched == 40
    assert 0 < found.by_chance < 20  # (40/64)⁴ of 40 rows is 6


def test_unrelated_dictionaries_of_single_neurons_are_refused_though_their_rows_coincide():
    for seed in range(6):
        random = np.random.default_rng([8, seed])
        decoders = [np.eye(64)[random.permutation(64)[:40]] for _ in range(3)]
        with pytest.raises(InputError, match="cannot be matched"):
            match(decoders)


def test_the_refusal_gives_the_numbers():
    random = np.random.default_rng(9)
    with pytest.raises(InputError) as raised:
        match([plain(random, 50), plain(random, 60)])
    assert re.fullmatch(
        r"The 2 dictionaries cannot be matched: 0 of 50 latents reach a cosine of 0\.\d\d in all of them "
        r"\(the nearest 0\.\d\d\), but at least 5 must, as 0\.01 of unrelated latents do by chance; "
        r"they may be of different layers or networks\.",
        str(raised.value),
    )


@pytest.mark.parametrize(
    ("decoders", "words"),
    [
        ([np.eye(4)], "at least two dictionaries"),
        ([np.eye(4), np.eye(5)], "same neurons .* 4 and 5"),
        ([np.eye(4), np.full((4, 4), np.nan)], "Dictionary 1 must be finite"),
        ([np.eye(4), np.zeros((4, 4))], "Dictionary 1 must have a row that is not zero"),
        ([np.eye(4), np.ones(4)], "Dictionary 1 must be real numbers, latents by neurons"),
        ([np.eye(4), np.array([["a"]])], "Dictionary 1 must be real numbers"),
        (None, "`decoders` must be a list of dictionaries, but is None"),
        (np.eye(4), "`decoders` must be a list of dictionaries, but is array"),
        (["nowhere", np.eye(4)], "'nowhere'"),
    ],
)
def test_wrong_dictionaries_are_one_sentence(decoders, words):
    with pytest.raises(InputError, match=words):
        match(decoders)


@pytest.mark.parametrize("name", ["level", "least"])
def test_shares_are_checked(name):
    for value in (0, 1, "a", True, np.nan):
        with pytest.raises(InputError, match=f"`{name}` must lie strictly between 0 and 1"):
            match([np.eye(4), np.eye(4)], **{name: value})


@given(st.integers(2, 40), st.integers(2, 40), st.integers(2, 8), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_mutual_neighbours_by_blocks_are_those_of_the_whole_matrix(n, other, d, seed):
    random = np.random.default_rng(seed)
    first, second = unit_rows(random.standard_normal((n, d))), unit_rows(random.standard_normal((other, d)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "EXACT_UP_TO", 1)
        patch.setattr(assignment, "BLOCK", 4 * 3 * other)
        rows, cosines = assign(first, second)
        near = nearest(first, second)
        own = nearest_other(first, np.arange(n))
    whole = first @ second.T
    mutual = [(i, j) for i, j in enumerate(whole.argmax(axis=1)) if whole[:, j].argmax() == i]
    assert [(i, j) for i, j in enumerate(rows) if j != NONE] == mutual
    assert np.allclose([cosines[i] for i, _ in mutual], [whole[i, j] for i, j in mutual], atol=1e-6)
    assert (cosines[rows == NONE] == -1).all()
    assert np.allclose(near, whole.max(axis=1), atol=1e-6)
    among = first @ first.T
    np.fill_diagonal(among, -1)
    assert np.allclose(own, among.max(axis=1), atol=1e-6)


def test_large_dictionaries_find_what_small_ones_find(monkeypatch):
    decoders, _ = planted(anisotropic, 10, noise=0.2)
    exact = match(decoders)
    monkeypatch.setattr(assignment, "EXACT_UP_TO", 100)
    mutual = match(decoders)
    assert (exact.method, mutual.method) == ("the Hungarian method", "mutual nearest neighbours")
    both = {tuple(column) for column in exact.rows.T} & {tuple(column) for column in mutual.rows.T}
    assert len(both) >= 0.98 * exact.matched


def test_mixed_rows_keep_the_scatter_matrix_and_no_row():
    random = np.random.default_rng(11)
    rows = anisotropic(random, 500)
    mixed = mixed_rows(rows, random)
    centred, other = (each - rows.mean(axis=0) for each in (rows, mixed))
    assert np.allclose(other.T @ other, centred.T @ centred)
    cosines = unit_rows(other) @ unit_rows(centred).T
    assert cosines.max() < 0.95  # effectively 20 dimensions: the nearest of 250,000 unrelated pairs


def test_folders_are_matched_as_their_decoders(tmp_path):
    random = np.random.default_rng(0)
    decoder = random.standard_normal((30, 16)).astype(np.float32)
    orders = [random.permutation(30) for _ in range(3)]
    for r, order in enumerate(orders):
        (tmp_path / str(r)).mkdir()
        (tmp_path / str(r) / "cfg.json").write_text('{"d_in": 16, "d_sae": 30}')
        save_file({"W_dec": decoder[order]}, tmp_path / str(r) / "sae_weights.safetensors")
    found = match([tmp_path / "0", str(tmp_path / "1"), decoder[orders[2]]])
    assert repr(found) == repr(match([decoder[order] for order in orders]))
    assert found.matched == 30
