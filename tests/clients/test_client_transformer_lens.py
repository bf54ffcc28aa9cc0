"""TransformerLens: hook points are layers, and caches are pooled before they are diagnosed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")
lens = pytest.importorskip("transformer_lens", reason="needs transformer-lens: nox -s clients")

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose, diagnose_module  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

TOKENS = torch.randint(0, 50, (60, 10), generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
POINT = "blocks.0.mlp.hook_post"


def network(seed=0):
    settings = {"n_layers": 2, "d_model": 16, "n_ctx": 16, "d_head": 8, "n_heads": 2, "d_vocab": 50, "act_fn": "relu"}
    return lens.HookedTransformer(lens.HookedTransformerConfig(**settings, d_mlp=32, seed=seed))


def test_a_hook_point_is_a_layer():
    model = network()
    _, cache = model.run_with_cache(TOKENS)
    expected = cache["post", 0].detach().amax(1).numpy()
    for loader in ([(TOKENS[:30], Y[:30]), (TOKENS[30:], Y[30:])], [{"input": TOKENS, "labels": Y}]):
        found, labels = capture(model, POINT, loader)
        assert found == pytest.approx(expected, abs=1e-6)
        assert (labels == Y.numpy()).all()
    assert not model.get_submodule(POINT).fwd_hooks
    assert not any(part._forward_hooks for part in model.modules())


def test_a_mask_is_honoured():
    mask = (torch.arange(10) < 3 + Y[:, None]).long()
    loader = [{"input": TOKENS, "attention_mask": mask, "labels": Y}]
    assert len(capture(network(), POINT, loader, pool="each")[0]) == int(mask.sum())
    with pytest.raises(InputError, match=r"yields mappings with 'input_ids', 'attention_mask', but .* takes input"):
        capture(network(), POINT, [{"input_ids": TOKENS, "attention_mask": mask, "labels": Y}])


def test_heads_ask_for_the_axis():
    model = network()
    with pytest.raises(InputError, match=r"gives shape \(60, 10, 2, 8\) and does not say which axis"):
        capture(model, "blocks.0.attn.hook_z", [(TOKENS, Y)])
    assert capture(model, "blocks.0.attn.hook_z", [(TOKENS, Y)], axis=-1)[0].shape == (60, 8)
    assert capture(model, "blocks.0.attn.hook_pattern", [(TOKENS, Y)], axis=1)[0].shape == (60, 2)
    assert capture(model, "blocks.0.hook_resid_post", [(TOKENS, Y)])[0].shape == (60, 16)


def test_a_cache_is_pooled_first():
    _, cache = network().run_with_cache(TOKENS)
    post = cache["post", 0]
    with pytest.raises(InputError, match=r"a list of 60 runs of 10 samples, .* pass activations\.mean\(1\)"):
        diagnose(post, Y, draws=99)
    assert diagnose(post.mean(1), Y, draws=99).census.shape == (1, 3, 32)
    assert diagnose(post.reshape(-1, 32), (TOKENS % 3).reshape(-1), draws=99).census.shape == (1, 3, 32)


def test_a_bridge_has_the_names_of_its_cache(tmp_path):
    tf = pytest.importorskip("transformers", reason="needs transformers: nox -s clients")
    bridges = pytest.importorskip("transformer_lens.model_bridge", reason="needs transformer-lens 3")
    tokenizers = pytest.importorskip("tokenizers", reason="needs tokenizers")
    words = {f"w{i}": i for i in range(50)}
    plain = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="w0"))
    plain.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    named = tf.PreTrainedTokenizerFast(tokenizer_object=plain, bos_token="w0", eos_token="w0", pad_token="w0")
    settings = {"n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": 50, "n_positions": 16}
    tf.GPT2LMHeadModel(tf.GPT2Config(**settings, bos_token_id=0, eos_token_id=0)).save_pretrained(tmp_path)
    named.save_pretrained(tmp_path)
    tokenizer = tf.AutoTokenizer.from_pretrained(tmp_path)
    model = bridges.TransformerBridge.boot_transformers(str(tmp_path), tokenizer=tokenizer)
    _, cache = model.run_with_cache(TOKENS)
    for loader in ([(TOKENS, Y)], [{"input": TOKENS, "labels": Y}], [{"input_ids": TOKENS, "labels": Y}]):
        found = capture(model, POINT, loader)[0]
        assert found == pytest.approx(cache[POINT].detach().amax(1).numpy(), abs=1e-6)


def test_several_seeds():
    nets = [network(seed) for seed in range(3)]
    found = diagnose_module(nets, POINT, [(TOKENS, Y)], initial=[network(seed + 3) for seed in range(3)], draws=99)
    assert found.census.shape == (3, 3, 32)
