import pytest

from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps import MemoryStore, run_all
from polygenesis.sweeps.cost import estimate_memory
from polygenesis.sweeps.limits import read_memory, replicates_within
from polygenesis.sweeps.schedule import in_parts, tasks, workers_within

SMALL = RunSpec(TiedAutoencoder(n=4, m=8), penalty=L1(0.1), replicates=2)
LARGE = RunSpec(TiedAutoencoder(n=256, m=4096), penalty=L1(0.001), replicates=64)


@pytest.mark.parametrize(
    ("text", "count"),
    [("4G", 4e9), ("1.5 GB", 1.5e9), ("500M", 5e8), ("20k", 2e4), ("2GiB", 2**31), ("1MiB", 2**20), (7, 7), ("7", 7)],
)
def test_amounts_are_read(text, count):
    assert read_memory(text) == count


@pytest.mark.parametrize("text", ["much", "-4G", "4X", "", "i", "4i", "0", "nan", True])
def test_other_amounts_are_refused_in_one_sentence(text):
    with pytest.raises(InputError, match="`max_memory` must be"):
        read_memory(text)


def test_workers_and_parts_share_what_is_allowed():
    assert in_parts(LARGE)
    limit = 3 * estimate_memory(LARGE, replicates=1)
    assert workers_within([SMALL, LARGE], limit, 8) == 3
    assert workers_within([SMALL, LARGE], limit, 2) == 2
    for task in tasks([(LARGE.key, LARGE)], MemoryStore(), 3, limit // 3):
        for job in task.jobs:
            assert estimate_memory(LARGE, replicates=len(job.replicates)) <= limit // 3


def test_the_largest_part_that_fits_is_chosen():
    limit = estimate_memory(LARGE, replicates=5)
    assert replicates_within(LARGE, limit) == 5
    assert replicates_within(LARGE, limit - 1) == 4
    assert replicates_within(LARGE, 1) == 1


def test_what_cannot_fit_is_refused_before_anything_runs():
    store = MemoryStore()
    with pytest.raises(InputError, match=r"n = 4, m = 8 needs about .* but `max_memory` is 1 MB"):
        run_all([SMALL], store=store, max_memory="1M")
    assert not store.kept(SMALL.key)


def test_a_limit_changes_no_result():
    free, held = (run_all([SMALL], workers=1, max_memory=limit)[0] for limit in (None, "1G"))
    assert (free.final == held.final).all()
