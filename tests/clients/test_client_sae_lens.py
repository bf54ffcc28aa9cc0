"""SAELens: a dictionary that it saves is read back as its decoder's rows, in any order of the latents."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")
sae_lens = pytest.importorskip("sae_lens", reason="needs sae-lens: nox -s clients")

from polygenesis.probe import diagnose, read_dictionary  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


def saved(folder, seed=0):
    torch.manual_seed(seed)
    sae = sae_lens.StandardSAE(sae_lens.StandardSAEConfig(d_in=16, d_sae=24))
    with torch.no_grad():
        sae.W_dec.copy_(torch.nn.functional.normalize(torch.randn(24, 16), dim=1))
    sae.save_model(str(folder))
    return sae


def test_a_saved_dictionary_is_read_as_it_is(tmp_path):
    sae = saved(tmp_path / "sae")
    weights, fields = read_dictionary(tmp_path / "sae")
    assert np.array_equal(np.asarray(weights), sae.W_dec.detach().numpy())
    assert (fields["d_in"], fields["d_sae"]) == (16, 24)
    assert diagnose(str(tmp_path / "sae")).census.shape == (1, 24, 16)
