"""Hugging Face models, as the library's own tutorials make them: batches, masks, outputs, architectures."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")
tf = pytest.importorskip("transformers", reason="needs transformers: nox -s clients")

from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_module  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

SMALL = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 32, "vocab_size": 50}
DRAWS = torch.Generator().manual_seed(0)
LENGTHS = torch.randint(3, 11, (60,), generator=DRAWS)
MASK = (torch.arange(10) < LENGTHS[:, None]).long()
IDS = torch.randint(1, 50, (60, 10), generator=DRAWS) * MASK
Y = torch.arange(60) % 3
LAYER = "encoder.layer.0.intermediate"


def bert():
    torch.manual_seed(0)
    return tf.BertModel(tf.BertConfig(**SMALL, max_position_embeddings=64)).eval()


def batches(ids=IDS, mask=MASK, y=Y, **more):
    rows = [slice(i, i + 20) for i in range(0, 60, 20)]
    return [{"input_ids": ids[r], "attention_mask": mask[r], "labels": y[r], **more} for r in rows]


def by_hand(model, layer, pool):
    seen = []
    handle = model.get_submodule(layer).register_forward_hook(lambda _, __, output: seen.append(output))
    with torch.no_grad():
        model(input_ids=IDS, attention_mask=MASK)
    handle.remove()
    output, real = seen[0], MASK[..., None]
    if pool == "mean":
        return ((output * real).sum(1) / real.sum(1)).numpy()
    return output.masked_fill(real == 0, -torch.inf).amax(1).numpy()


def forms():
    rows = [{key: each[0] for key, each in zip(("input_ids", "attention_mask", "labels"), one, strict=True)}
            for one in zip(IDS.split(1), MASK.split(1), Y.split(1), strict=True)]  # fmt: skip
    plain = [{"input_ids": i[: int(n)].tolist(), "label": int(y)} for i, n, y in zip(IDS, LENGTHS, Y, strict=True)]

    def collate(several):
        longest = max(len(each["input_ids"]) for each in several)
        ids = torch.tensor([each["input_ids"] + [0] * (longest - len(each["input_ids"])) for each in several])
        return tf.BatchEncoding(
            {
                "input_ids": ids,
                "attention_mask": (ids > 0).long(),
                "labels": torch.tensor([e["label"] for e in several]),
            }
        )

    yield "default collate", DataLoader(rows, batch_size=20)
    yield "default_data_collator", DataLoader(rows, batch_size=20, collate_fn=tf.default_data_collator)
    yield "BatchEncoding, padded to the longest", DataLoader(plain, batch_size=20, collate_fn=collate)
    yield "BatchEncoding", [tf.BatchEncoding(each) for each in batches()]
    yield "(mapping, labels)", [({k: b[k] for k in ("input_ids", "attention_mask")}, b["labels"]) for b in batches()]
    yield "(ids, mask, labels)", DataLoader(TensorDataset(IDS, MASK, Y), batch_size=20)


@pytest.mark.parametrize("pool", ["max", "mean"])
def test_batches_of_all_forms_give_what_a_hook_by_hand_gives(pool):
    model = bert()
    expected = by_hand(model, LAYER, pool)
    for form, loader in forms():
        activations, labels = capture(model, LAYER, loader, pool=pool)
        assert activations == pytest.approx(expected, abs=1e-5), form
        assert np.array_equal(labels, Y), form


@pytest.mark.parametrize("pool", ["max", "mean", "first", "last", "each"])
def test_twenty_more_pads_change_nothing(pool):
    wide = [torch.nn.functional.pad(each, (0, 20)) for each in (IDS, MASK)]
    expected, found = (capture(bert(), LAYER, each, pool=pool)[0] for each in (batches(), batches(*wide)))
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("pool", ["max", "mean", "last", "each"])
def test_padding_on_the_left_of_a_network_of_relative_positions(pool):
    torch.manual_seed(0)
    model = tf.LlamaForCausalLM(tf.LlamaConfig(**SMALL, num_key_value_heads=2)).eval()
    flipped = [
        torch.stack([torch.roll(row, int(10 - n)) for row, n in zip(x, LENGTHS, strict=True)]) for x in (IDS, MASK)
    ]
    layer = "model.layers.1.mlp.act_fn"
    expected, found = (capture(model, layer, each, pool=pool)[0] for each in (batches(), batches(*flipped)))
    assert found == pytest.approx(expected, abs=1e-5)


def test_labels_of_tokens_with_minus_100():
    torch.manual_seed(0)
    model = tf.BertForTokenClassification(tf.BertConfig(**SMALL, num_labels=3))
    y = torch.where(MASK > 0, IDS % 3, -100)
    found = diagnose_module(model, f"bert.{LAYER}.dense", batches(y=y), pool="each", draws=99)
    assert found.names == ("0", "1", "2")
    assert found.selectivity[0].samples == int(LENGTHS.sum())
    with pytest.raises(InputError, match='pool="each" makes every token a sample'):
        diagnose_module(model, f"bert.{LAYER}.dense", batches(y=y), draws=99)


CONFIGS = {
    "GPT2Model": ({"n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": 50, "n_positions": 16},
                  {"h.0.mlp.c_fc": 64, "h.0.mlp.act": 64, "h.0": 16, "h.0.attn": 16}),
    "LlamaForCausalLM": ({**SMALL, "num_key_value_heads": 2},
                         {"model.layers.0.mlp.act_fn": 32, "model.norm": 16, "model.layers.0.self_attn": 16}),
    "OPTModel": ({"hidden_size": 16, "ffn_dim": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 50,
                  "word_embed_proj_dim": 16, "max_position_embeddings": 32}, {"decoder.layers.0.fc1": 32}),
    "DistilBertModel": ({"dim": 16, "hidden_dim": 32, "n_layers": 1, "n_heads": 2, "vocab_size": 50},
                        {"transformer.layer.0.ffn.lin1": 32}),
    "MixtralModel": ({**SMALL, "num_key_value_heads": 2, "num_local_experts": 2}, {"layers.0.mlp": 16}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("form", ["mapping", "tuple"])
def test_language_models_of_several_architectures(name, form):
    settings, layers = CONFIGS[name]
    kind = getattr(tf, name)
    torch.manual_seed(0)
    model = kind(kind.config_class(**settings))
    loader = batches() if form == "mapping" else DataLoader(TensorDataset(IDS, MASK, Y), batch_size=20)
    for layer, neurons in layers.items():
        assert capture(model, layer, loader)[0].shape == (60, neurons), layer
        assert capture(model, layer, loader, pool="each")[0].shape == (int(LENGTHS.sum()), neurons), layer


def test_a_layer_that_all_blocks_share():
    model = tf.AlbertModel(tf.AlbertConfig(**SMALL, embedding_size=8))
    layer = "encoder.albert_layer_groups.0.albert_layers.0.ffn"
    with pytest.raises(InputError, match="is used 2 times in one forward pass; say which use is meant: use=0"):
        capture(model, layer, batches())
    assert capture(model, layer, batches(), use=1)[0].shape == (60, 32)


def test_encoders_and_decoders_have_masks_of_their_own():
    config = {"d_model": 16, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 50, "d_kv": 8}
    model = tf.T5ForConditionalGeneration(tf.T5Config(**config))
    loader = [{**each, "decoder_input_ids": each["input_ids"][:, :4]} for each in batches()]
    encoder, decoder = "encoder.block.0.layer.1.DenseReluDense.wi", "decoder.block.0.layer.2.DenseReluDense.wi"
    assert len(capture(model, encoder, loader, pool="each")[0]) == int(LENGTHS.sum())
    assert len(capture(model, decoder, loader, pool="each")[0]) == 240
    assert capture(model.encoder, encoder.removeprefix("encoder."), batches())[0].shape == (60, 32)
    with pytest.raises(InputError, match=r"T5ForConditionalGeneration.* ends in ValueError"):
        capture(model, encoder, batches())


def test_outputs_are_named():
    found = {each: capture(bert(), "encoder", batches(), tensor=each)[0] for each in (None, 0, "last_hidden_state")}
    assert all((each == found[None]).all() for each in found.values())
    with pytest.raises(InputError, match=r"`tensor` is 'logits', but layer 'encoder' returns last_hidden_state"):
        capture(bert(), "encoder", batches(), tensor="logits")


def test_images():
    images = torch.rand(20, 3, 16, 16, generator=DRAWS)
    loader = [{"pixel_values": images, "labels": Y[:20]}]
    vision = {each: SMALL[each] for each in SMALL if each != "vocab_size"}
    vit = tf.ViTModel(tf.ViTConfig(**vision, image_size=16, patch_size=4))
    names = [name for name, part in vit.named_modules() if getattr(part, "out_features", 0) == 32]
    assert capture(vit, names[0], loader, pool="first")[0].shape == (20, 32)
    swin = tf.SwinModel(
        tf.SwinConfig(image_size=16, patch_size=2, embed_dim=8, depths=[1], num_heads=[1], window_size=4)
    )
    names = [name for name, part in swin.named_modules() if getattr(part, "out_features", 0) == 32]
    assert capture(swin, names[0], loader)[0].shape == (20, 32)
    resnet = tf.ResNetModel(tf.ResNetConfig(embedding_size=8, hidden_sizes=[8], depths=[1], layer_type="basic"))
    for layer in ("embedder.embedder.activation", "encoder.stages.0"):
        assert capture(resnet, layer, loader)[0].shape == (20, 8)


def test_checkpoints_of_save_pretrained(tmp_path):
    nets = []
    for seed in range(3):
        torch.manual_seed(seed)
        nets.append(tf.GPT2LMHeadModel(tf.GPT2Config(**CONFIGS["GPT2Model"][0])))  # its head is its embedding
        nets[-1].save_pretrained(tmp_path / str(seed))
    layer, folders = "transformer.h.0.mlp.act", [tmp_path / str(seed) for seed in range(3)]
    found = diagnose_module(nets[0], layer, batches(), checkpoints=folders, draws=99)
    assert repr(found) == repr(diagnose_module(nets, layer, batches(), draws=99))


def test_a_tokenized_data_set_without_a_loader_is_one_sentence():
    rows = [{"input_ids": [1, 2, 3], "attention_mask": [1, 1, 1], "label": 0} for _ in range(4)]
    with pytest.raises(InputError, match=r"single label 0; write torch\.utils\.data\.DataLoader"):
        diagnose_module(bert(), LAYER, rows)
    with pytest.raises(InputError, match=r"its forward takes input_ids, attention_mask, .* yield mappings with these"):
        diagnose_module(bert(), LAYER, [{"text": ["a", "b"], "label": torch.tensor([0, 1])}])
