"""Texts: pads count nowhere, −100 is no class, and labels of tokens and of texts are told apart or asked for."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from text_models import TextModel, pieces, texts  # noqa: E402
from torch import nn  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_module  # noqa: E402
from polygenesis.probe.inputs.pooling import pooled  # noqa: E402

pytestmark = pytest.mark.torch

IDS, MASK, Y = texts()
LAYER = "encoder.act"
TOKENS = IDS % 3
POOLINGS = ("max", "mean", "first", "last", "each")


def batches(ids=IDS, mask=MASK, y=Y, size=20):
    return [{"input_ids": i, "attention_mask": m, "labels": t} for i, m, t in pieces(ids, mask, y, size=size)]


def padded(left=0, right=0, value=0):
    """Texts, masks and labels of tokens with more pads on either side."""
    wide = [nn.functional.pad(each, (left, right), value=fill) for each, fill in ((IDS, value), (MASK, 0))]
    return (*wide, nn.functional.pad(torch.where(MASK > 0, TOKENS, -100), (left, right), value=-100))


@pytest.mark.parametrize("pool", POOLINGS)
@pytest.mark.parametrize("sides", [(0, 20), (20, 0), (7, 13)])
def test_more_pads_change_nothing_but_rounding(pool, sides):
    ids, mask, _ = padded(*sides, value=5)
    expected, labels = capture(TextModel(), LAYER, batches(), pool=pool)
    found, again = capture(TextModel(), LAYER, batches(ids, mask), pool=pool)
    assert found == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(labels, again)
    assert len(expected) == (int(MASK.sum()) if pool == "each" else 60)


@pytest.mark.parametrize("sides", [(0, 20), (20, 0)])
def test_labels_of_tokens_follow_their_tokens(sides):
    ids, mask, labels = padded(*sides)
    _, expected = capture(TextModel(), LAYER, batches(y=TOKENS), pool="each")
    assert np.array_equal(expected, TOKENS[MASK > 0])
    assert np.array_equal(capture(TextModel(), LAYER, batches(ids, mask, labels), pool="each")[1], expected)
    given = diagnose_module(TextModel(), LAYER, batches(ids, mask), labels=labels, pool="each", draws=99)
    loaded = diagnose_module(TextModel(), LAYER, batches(y=TOKENS), pool="each", draws=99)
    assert given.names == loaded.names == ("0", "1", "2")
    assert given.strength == pytest.approx(loaded.strength, abs=1e-6)


def test_texts_of_several_lengths_by_batch():
    short = [
        {"input_ids": i[:, :n], "attention_mask": m[:, :n], "labels": t[:, :n]}
        for i, m, t in pieces(IDS, MASK, torch.where(MASK > 0, TOKENS, -100), size=4)
        for n in [int(m.sum(1).max())]
    ]
    expected = diagnose_module(TextModel(), LAYER, batches(y=TOKENS), pool="each", draws=99)
    inputs = [{k: v for k, v in each.items() if k != "labels"} for each in short]
    lists = [TOKENS[i, : int(MASK[i].sum())].tolist() for i in range(60)]
    for loader, labels in (
        (short, None),
        (inputs, torch.where(MASK > 0, TOKENS, -100)),
        (inputs, lists),
        (inputs, TOKENS[MASK > 0]),
    ):
        found = diagnose_module(TextModel(), LAYER, loader, labels=labels, pool="each", draws=99)
        assert found.strength == pytest.approx(expected.strength, abs=1e-6)
    lists[5] = [*lists[5], 1]
    with pytest.raises(InputError, match=r"for input 5 has \d+ labels for \d+ tokens"):
        diagnose_module(TextModel(), LAYER, inputs, labels=lists, pool="each", draws=99)


@pytest.mark.parametrize("pool", ["max", "each"])
def test_minus_100_is_no_class(pool):
    y = torch.where(torch.arange(60) % 10 < 2, -100, Y)
    found = diagnose_module(TextModel(), LAYER, batches(y=y), pool=pool, draws=99)
    assert found.names == ("0", "1", "2")
    left_out = int((y == -100).sum()) if pool == "max" else int(MASK[y == -100].sum())
    assert f"{left_out} samples have the label −100 and are left out." in found.notes
    kept = y != -100
    expected = diagnose_module(TextModel(), LAYER, batches(IDS[kept], MASK[kept], y[kept]), pool=pool, draws=99)
    assert found.strength == pytest.approx(expected.strength, abs=1e-6)
    given = diagnose_module(TextModel(), LAYER, batches(), labels=y, pool=pool, draws=99)
    assert (given.strength == found.strength).all()
    activations, labels = capture(TextModel(), LAYER, batches(y=y), pool=pool)
    assert len(activations) == len(labels) == found.selectivity[0].samples
    with pytest.raises(InputError, match="all are -100"):
        diagnose_module(TextModel(), LAYER, batches(y=0 * y - 100), pool=pool, draws=99)


def test_without_a_mask_pads_are_tokens_and_the_reader_is_told():
    model = TextModel()
    model.config = type("Config", (), {"pad_token_id": 0})()
    found = diagnose_module(model, LAYER, pieces(IDS, Y), draws=99)
    assert any(f"{int((IDS == 0).sum())} tokens are the module's pad token" in note for note in found.notes)
    every, _ = capture(model, LAYER, batches(), mask=False, pool="each")
    assert len(every) == IDS.numel()


def test_padding_on_the_left_of_a_network_that_numbers_positions_is_told():
    class Numbered(TextModel):
        def forward(self, input_ids=None, attention_mask=None, position_ids=None):
            return super().forward(input_ids, attention_mask)

    ids, mask, _ = padded(left=2)
    for loader, told in ((batches(ids, mask), True), (batches(), False)):
        found = diagnose_module(Numbered(), LAYER, loader, draws=99)
        assert any("padded on the left" in note for note in found.notes) is told


class OwnMask(nn.Module):
    """A network whose mask is PyTorch's: true for pads."""

    def __init__(self):
        super().__init__()
        self.model = TextModel()

    def forward(self, ids, src_key_padding_mask=None):
        mask = None if src_key_padding_mask is None else (~src_key_padding_mask).long()
        return self.model(ids, mask)


@pytest.mark.parametrize("form", [tuple, dict])
def test_pytorch_s_padding_masks_are_turned_round(form):
    keys = ("ids", "src_key_padding_mask", "labels")
    loader = [form(zip(keys, each, strict=True)) if form is dict else each for each in pieces(IDS, MASK == 0, Y)]
    expected, _ = capture(TextModel(), LAYER, batches(), pool="mean")
    assert capture(OwnMask(), f"model.{LAYER}", loader, pool="mean")[0] == pytest.approx(expected, abs=1e-6)


def test_pytorch_s_fused_encoder_is_listened_to():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.words = nn.Embedding(40, 8)
            self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)

        def forward(self, ids, src_key_padding_mask=None):
            return self.encoder(self.words(ids), src_key_padding_mask=src_key_padding_mask)

    found, _ = capture(Net(), "encoder.layers.1.linear1", pieces(IDS, MASK == 0, Y), pool="each")
    assert found.shape == (int(MASK.sum()), 16)
    assert torch.backends.mha.get_fastpath_enabled()


def test_tokens_of_all_texts_in_one_axis_are_put_back():
    class Flat(TextModel):
        def forward(self, input_ids=None, attention_mask=None):
            self.encoder.up(self.embedding(input_ids).reshape(-1, 8))

    found, _ = capture(Flat(), "encoder.up", batches(), pool="mean")
    model = TextModel()
    with torch.no_grad():
        inside = model.encoder.up(model.embedding(IDS)) * MASK[..., None]
    assert found == pytest.approx((inside.sum(1) / MASK.sum(1)[:, None]).numpy(), abs=1e-6)


def test_an_encoder_s_mask_is_not_the_decoder_s():
    class Both(nn.Module):
        config = type("Config", (), {"is_encoder_decoder": True})()

        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = TextModel(1), TextModel(2)

        def forward(self, input_ids, attention_mask=None, decoder_input_ids=None, decoder_attention_mask=None):
            self.encoder(input_ids, attention_mask)
            return self.decoder(decoder_input_ids, decoder_attention_mask)

    swapped = [
        {**b, "decoder_input_ids": b["input_ids"].flip(0), "decoder_attention_mask": b["attention_mask"].flip(0)}
        for b in batches(size=60)
    ]
    flipped, _ = capture(Both(), "decoder.encoder.act", swapped, pool="mean")
    assert flipped == pytest.approx(capture(TextModel(2), LAYER, batches(), pool="mean")[0][::-1], abs=1e-6)
    unmasked = [{k: v for k, v in b.items() if k != "decoder_attention_mask"} for b in swapped]
    assert len(capture(Both(), "decoder.encoder.act", unmasked, pool="each")[0]) == IDS.numel()


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (TOKENS, {}, r'if they belong to tokens, pool="each" makes every token a sample; .* kind="continuous"'),
        (IDS % 2, {}, r'if they belong to tokens, pool="each" makes every token a sample; .* kind="multi-label"'),
        (MASK, {}, r"an attention mask goes in as \{'input_ids': …, 'attention_mask': …"),
        (IDS % 2, {"pool": "each"}, r'say kind="classes" if each token has one, or kind="multi-label"'),
        (TOKENS[:, :5], {"pool": "each"}, r"neither one for each input nor for each of its 9 tokens; .*continuous"),
        (TOKENS[:, :5], {}, r"neither one for each input nor for each of its 9 tokens"),
        (
            TOKENS[:30],
            {"pool": "each"},
            r"for each of the \d+ tokens that are not padding, or of the 60 texts, .* has 30",
        ),
    ],
)
def test_labels_that_can_be_read_in_two_ways_are_asked_for(labels, options, words):
    loader = [{"input_ids": IDS, "attention_mask": MASK}]
    for given in (labels, labels.numpy()):
        with pytest.raises(InputError, match=words):
            diagnose_module(TextModel(), LAYER, loader, labels=given, draws=99, **options)
    if len(labels) == 60:
        with pytest.raises(InputError, match=words):
            diagnose_module(TextModel(), LAYER, [(IDS, MASK, labels)], draws=99, **options)


def test_the_answer_to_the_question_is_followed():
    loader = [{"input_ids": IDS, "attention_mask": MASK, "labels": IDS % 2}]
    of_tokens = diagnose_module(TextModel(), LAYER, loader, pool="each", kind="classes", draws=99)
    columns = diagnose_module(TextModel(), LAYER, loader, pool="each", kind="multi-label", draws=99)
    assert (len(of_tokens.names), len(columns.names)) == (2, 9)
    assert of_tokens.selectivity[0].samples == columns.selectivity[0].samples == int(MASK.sum())


def test_a_layer_without_tokens_has_no_labels_of_tokens():
    class Head(TextModel):
        def __init__(self):
            super().__init__()
            self.pooler = nn.Linear(8, 5)

        def forward(self, input_ids=None, attention_mask=None):
            return self.pooler(super().forward(input_ids, attention_mask).last_hidden_state[:, 0])

    assert capture(Head(), "pooler", batches())[0].shape == (60, 5)
    with pytest.raises(InputError, match="if they belong to tokens, layer 'pooler' has none"):
        diagnose_module(Head(), "pooler", batches(y=TOKENS), pool="each", draws=99)


def test_a_mask_of_other_places_is_refused():
    class Halved(TextModel):
        def forward(self, input_ids=None, attention_mask=None):
            return super().forward(input_ids[:, ::2])

    with pytest.raises(
        InputError, match=r"mask has shape \(20, 9\), but layer 'encoder.act' has places of shape \(20, 5\)"
    ):
        capture(Halved(), LAYER, batches())
    assert capture(Halved(), LAYER, batches(), mask=False)[0].shape == (60, 16)


def test_pooling_by_hand():
    tokens, kept = np.arange(12.0).reshape(2, 3, 2), np.array([[True, True, False], [False, True, False]])
    assert pooled(tokens, "max", -1, kept).tolist() == [[2, 3], [8, 9]]
    assert pooled(tokens, "mean", -1, kept).tolist() == [[1, 2], [8, 9]]
    assert pooled(tokens, "first", -1, kept).tolist() == [[0, 1], [8, 9]]
    assert pooled(tokens, "last", -1, kept).tolist() == [[2, 3], [8, 9]]
    assert pooled(tokens, "each", -1, kept).tolist() == [[0, 1], [2, 3], [8, 9]]
    tokens[~kept] = np.nan  # what stands at a pad is never looked at
    assert pooled(tokens, "mean", -1, kept).tolist() == [[1, 2], [8, 9]]
    assert pooled(tokens, "max", -1, kept).tolist() == [[2, 3], [8, 9]]
