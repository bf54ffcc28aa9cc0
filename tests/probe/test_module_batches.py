"""Batches in every form that loaders give them: read alike, or refused in one sentence with the call that works."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from text_models import BatchEncoding, Output, TextModel, pieces, texts  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_layers, diagnose_module  # noqa: E402

pytestmark = pytest.mark.torch

IDS, MASK, Y = texts()
LAYER = "encoder.act"
Row = namedtuple("Row", "input_ids attention_mask labels")


@dataclass
class Record:
    """A batch as a value with names."""

    input_ids: Any
    attention_mask: Any
    labels: Any


def named(ids, mask, y, **more):
    return {"input_ids": ids, "attention_mask": mask, "labels": y, **more}


def by_hand(model=None):
    """The largest activation of each neuron over the real tokens of each text."""
    model = model or TextModel()
    with torch.no_grad():
        hidden = model.embedding(IDS)
        inside = model.encoder.act(model.encoder.up(hidden + model.encoder.attention(hidden, MASK)[0]))
    return inside.masked_fill(MASK[..., None] == 0, -torch.inf).amax(1).numpy()


EXPECTED = by_hand()

FORMS = {
    "dict": lambda: [named(*each) for each in pieces(IDS, MASK, Y)],
    "default collate": lambda: DataLoader([named(*each) for each in zip(IDS, MASK, Y, strict=True)], batch_size=20),
    "BatchEncoding": lambda: [BatchEncoding(named(*each)) for each in pieces(IDS, MASK, Y)],
    "(dict, labels)": lambda: [({"input_ids": i, "attention_mask": m}, y) for i, m, y in pieces(IDS, MASK, Y)],
    "(BatchEncoding, labels)": lambda: [
        (BatchEncoding(input_ids=i, attention_mask=m), y) for i, m, y in pieces(IDS, MASK, Y)
    ],
    "(dict,)": lambda: [(named(*each),) for each in pieces(IDS, MASK, Y)],
    "(ids, mask, labels)": lambda: DataLoader(TensorDataset(IDS, MASK, Y), batch_size=20),
    "[ids, mask, labels]": lambda: [list(each) for each in pieces(IDS, MASK, Y)],
    "((ids, mask), labels)": lambda: [((i, m), y) for i, m, y in pieces(IDS, MASK, Y)],
    "(ids, types, mask, labels)": lambda: [(i, 0 * i, m, y) for i, m, y in pieces(IDS, MASK, Y)],
    "namedtuple": lambda: [Row(*each) for each in pieces(IDS, MASK, Y)],
    "dataclass": lambda: [Record(*each) for each in pieces(IDS, MASK, Y)],
    "lists of numbers": lambda: [{k: v.tolist() for k, v in named(*each).items()} for each in pieces(IDS, MASK, Y)],
    "NumPy": lambda: [{k: v.numpy() for k, v in named(*each).items()} for each in pieces(IDS, MASK, Y)],
    "a smaller last batch": lambda: [named(*each) for each in pieces(IDS, MASK, Y, size=23)],
    "texts beside": lambda: [named(*each, text=["a"] * 20) for each in pieces(IDS, MASK, Y)],
    "(ids, mask, mapping of labels)": lambda: [(i, m, {"labels": y}) for i, m, y in pieces(IDS, MASK, Y)],
    "an empty last batch": lambda: [named(*each) for each in (*pieces(IDS, MASK, Y), (IDS[:0], MASK[:0], Y[:0]))],
    "a generator": lambda: (named(*each) for each in pieces(IDS, MASK, Y)),
    "padded to its longest text": lambda: [
        named(i[:, : m.sum(1).max()], m[:, : m.sum(1).max()], y) for i, m, y in pieces(IDS, MASK, Y, size=5)
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_batches_of_all_forms_are_read_alike(form):
    activations, labels = capture(TextModel(), LAYER, FORMS[form]())
    assert activations == pytest.approx(EXPECTED, abs=1e-6)
    assert np.array_equal(labels, Y)


@pytest.mark.parametrize(
    ("loader", "options"),
    [
        ([{"input_ids": i, "attention_mask": m, "mood": y} for i, m, y in pieces(IDS, MASK, Y)], {"label": "mood"}),
        ([named(i, m, y, label=0 * y) for i, m, y in pieces(IDS, MASK, Y)], {"label": "labels"}),
        ([(y, i, m) for i, m, y in pieces(IDS, MASK, Y)], {"label": 0}),
        ([(i, m, {"coarse": 0 * y, "fine": y}) for i, m, y in pieces(IDS, MASK, Y)], {"label": "fine"}),
        ([(i, m, y, 0 * y) for i, m, y in pieces(IDS, MASK, Y)], {"label": -2}),
        ([{"input_ids": i, "m": m, "labels": y} for i, m, y in pieces(IDS, MASK, Y)], {"mask": "m"}),
    ],
)  # fmt: skip
def test_labels_and_masks_of_other_names_are_named(loader, options):
    activations, labels = capture(TextModel(), LAYER, loader, **options)
    assert np.array_equal(labels, Y)
    if "mask" not in options:  # a mask that the module does not take pools, but does not reach the module
        assert activations == pytest.approx(EXPECTED, abs=1e-6)


@pytest.mark.parametrize(
    "loader",
    [
        [(i, m) for i, m in pieces(IDS, MASK)],
        [(i, m, y) for i, m, y in pieces(IDS, MASK, 0 * Y)],
        [{"input_ids": i, "attention_mask": m} for i, m in pieces(IDS, MASK)],
        [named(*each) for each in pieces(IDS, MASK, 0 * Y)],
    ],
)
def test_labels_that_are_given_go_before_the_loader_s(loader):
    found = diagnose_module(TextModel(), LAYER, loader, labels=Y, draws=99)
    assert found.names == ("0", "1", "2")
    expected = diagnose_module(TextModel(), LAYER, FORMS["dict"](), draws=99)
    assert (found.strength == expected.strength).all()


def test_inputs_alone_and_one_tuples():
    whole = [IDS[:30], IDS[30:]]
    plain = diagnose_module(TextModel(), LAYER, whole, labels=Y, draws=99)
    tuples = diagnose_module(TextModel(), LAYER, DataLoader(TensorDataset(IDS), batch_size=30), labels=Y, draws=99)
    assert (plain.strength == tuples.strength).all()
    assert capture(TextModel(), LAYER, [(IDS,)])[1] is None


class TakesMapping(nn.Module):
    """A wrapper whose forward takes a batch as it is."""

    def __init__(self):
        super().__init__()
        self.model = TextModel()

    def forward(self, batch):
        return self.model(**batch)


class TakesAny(TakesMapping):
    """A wrapper that passes everything on."""

    def forward(self, *inputs, **keywords):
        return self.model(*inputs, **keywords)


@pytest.mark.parametrize("form", ["dict", "BatchEncoding", "(dict, labels)", "(dict,)"])
@pytest.mark.parametrize("wrapper", [TakesMapping, TakesAny])
def test_wrappers_get_mappings_as_they_take_them(wrapper, form):
    activations, labels = capture(wrapper(), f"model.{LAYER}", FORMS[form]())
    assert activations == pytest.approx(EXPECTED, abs=1e-6)
    assert np.array_equal(labels, Y)


class TwoInputs(nn.Module):
    """Takes two inputs, the second called as labels often are."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.left, self.right = nn.Linear(3, 4), nn.Linear(2, 4)

    def forward(self, x, y):
        return self.left(x) + self.right(y)


class Pair(TwoInputs):
    """Takes both as one tuple."""

    def forward(self, pair, scaled=False):
        return super().forward(*pair)


def test_modules_of_several_inputs():
    x, z = torch.randn(60, 3), torch.randn(60, 2)
    with torch.no_grad():
        expected = TwoInputs().right(z).numpy()
    for module, loader in (
        (TwoInputs(), pieces(x, z, Y)),
        (TwoInputs(), [((a, b), c) for a, b, c in pieces(x, z, Y)]),
        (TwoInputs(), [{"x": a, "y": b, "labels": c} for a, b, c in pieces(x, z, Y)]),
        (Pair(), [((a, b), c) for a, b, c in pieces(x, z, Y)]),
    ):
        activations, labels = capture(module, "right", loader)
        assert activations == pytest.approx(expected, abs=1e-6)
        assert np.array_equal(labels, Y)


def test_a_mapping_of_one_tensor_reaches_a_module_that_takes_one():
    images = torch.rand(60, 3)
    net = nn.Sequential(nn.Linear(3, 4))
    activations, labels = capture(net, "0", [{"image": a, "label": b, "id": ["x"] * 20} for a, b in pieces(images, Y)])
    with torch.no_grad():
        assert activations == pytest.approx(net(images).numpy(), abs=1e-6)
    assert np.array_equal(labels, Y)


def test_what_was_left_out_is_said():
    loader = [named(*each, idx=torch.arange(20)) for each in pieces(IDS, MASK, Y)]
    found = diagnose_module(TextModel(), LAYER, loader, draws=99)
    assert any("does not take them: idx" in note for note in found.notes)
    assert any(f"{int((MASK == 0).sum())} of 540 tokens are pads" in note for note in found.notes)
    x = torch.randn(60, 3)
    after = diagnose_module(nn.Sequential(nn.Linear(3, 4)), "0", pieces(x, Y, x), label=1, draws=99)
    assert any("position 2" in note for note in after.notes)


# Outputs


def test_the_first_tensor_of_an_output_is_taken_or_one_is_named():
    loader = FORMS["dict"]()
    for layer, tensor, shape in (
        ("encoder", None, (60, 8)),
        ("encoder", "last_hidden_state", (60, 8)),
        ("encoder.attention", None, (60, 8)),
        ("encoder.attention", 0, (60, 8)),
        ("encoder.attention", -1, (60, 9)),
        ("encoder", "attentions", (60, 9)),
    ):
        assert capture(TextModel(), layer, loader, tensor=tensor)[0].shape == shape
    for layer, tensor, words in (
        ("encoder", "logits", r"returns last_hidden_state \(\(20, 9, 8\)\), attentions"),
        ("encoder.attention", 2, r"returns 0 \(\(20, 9, 8\)\), 1 "),
        ("encoder.act", 0, "returns one tensor; leave it out"),
    ):
        with pytest.raises(InputError, match=words):
            capture(TextModel(), layer, loader, tensor=tensor)


class Returns(nn.Module):
    """Returns what it is told."""

    def __init__(self, make):
        super().__init__()
        self.inside, self.make = nn.Identity(), make

    def forward(self, x):
        return self.inside(x)


@pytest.mark.parametrize(
    "wrap", [lambda x: (None, x), lambda x: {"loss": x.sum(), "logits": x}, lambda x: Output(None, x), lambda x: [[x]]]
)
def test_outputs_of_all_kinds_hold_a_tensor(wrap):
    net = Returns(wrap)
    net.inside.forward = wrap
    x = torch.randn(60, 3)
    assert (capture(net, "inside", [x])[0] == x.numpy()).all()
    net.inside.forward = lambda x: {"text": "none"}
    with pytest.raises(InputError, match="must return a tensor, but returns dict with text"):
        capture(net, "inside", [x])


class Twice(nn.Module):
    """Uses one layer twice."""

    def __init__(self):
        super().__init__()
        self.first, self.act = nn.Linear(3, 3), nn.ReLU()
        self.same = self.act

    def forward(self, x):
        return self.act(self.first(self.act(x)))


def test_a_layer_that_is_used_twice_asks_which_use_is_meant():
    net, x = Twice(), torch.randn(60, 3)
    with torch.no_grad():
        first, last = net.act(x).numpy(), net(x).numpy()
    for layer in ("act", "same"):
        with pytest.raises(InputError, match=rf"'{layer}' is used 2 times .* use=0 is the first, use=-1 the last"):
            capture(net, layer, [x])
        assert (capture(net, layer, [x], use=0)[0] == first).all()
        assert (capture(net, layer, [x], use=-1)[0] == last).all()
    with pytest.raises(InputError, match=r"`use` is 2, but layer 'act' is used 2 times"):
        capture(net, "act", [x], use=2)


# What cannot be read


@pytest.mark.parametrize(
    ("loader", "options", "words"),
    [
        ({"input_ids": IDS, "labels": Y}, {}, r"is one batch, a dict; write \[batch\]"),
        (BatchEncoding(input_ids=IDS), {}, r"is one batch, a BatchEncoding; write \[batch\]"),
        ((IDS, Y), {}, r"one batch of inputs and labels; write \[\(x, labels\)\]"),
        (IDS.numpy(), {}, r"type ndarray; write \[x\]"),
        (TensorDataset(IDS, Y), {}, r"a data set of type TensorDataset; write torch.utils.data.DataLoader"),
        ([named(*each) for each in zip(IDS, MASK, Y.tolist(), strict=True)], {}, r"single label 0; write torch.utils"),
        ([{"input_ids": IDS, "attention_mask": MASK}], {}, r"none of which is called labels; .* label=KEY"),
        ([{"input_ids": IDS, "label": Y, "labels": Y}], {}, r"'labels' and 'label'; say which .* label='labels'"),
        ([named(IDS, MASK, Y)], {"label": "target"}, r"one of the keys 'input_ids', .*, 'labels' .* 'target'"),
        ([named(IDS, MASK, Y)], {"label": 1}, r"one of the keys .* but is the position 1"),
        ([(IDS, MASK, Y)], {"label": 3}, r"a position in tuples of 3, but is 3"),
        ([(IDS, MASK, Y)], {"label": "labels"}, r"a position in the tuples of 3"),
        ([(IDS, MASK, {"coarse": Y, "fine": Y})], {}, r"labels under the keys 'coarse', 'fine'; say which, label=KEY"),
        ([named(IDS, MASK, Y)], {"mask": "pads"}, r"`mask` must be one of the keys .* 'pads'"),
        ([(IDS, MASK, Y)], {"mask": 4}, r"`mask` must be a position among 2 inputs, but is 4"),
        ([(IDS, 0 * IDS, Y)], {}, r"not seen to be token ids and their attention mask; yield mappings, .*"),
        ([{"words": IDS, "attention_mask": MASK, "labels": Y}], {}, r"'words' was left out, since forward takes"),
        ([(IDS, MASK, MASK, MASK, MASK, MASK, Y)], {}, r"6 inputs beside the labels, which are not seen to be"),
        ([(IDS.float(), Y)], {}, r"TextModel\(shape \(60, 9\)\) ends in RuntimeError"),
        ([{1: IDS, "labels": Y}], {}, r"keys must be texts"),
        ([{IDS}], {}, r"must yield tensors, mappings, or tuples .* yields a set"),
        ([()], {}, r"yields a tuple of 0"),
        ("batches", {}, r"the text 'batches'"),
        ([named(IDS, torch.where(MASK > 0, 0.0, -1e9), Y)], {}, r"must be 1 for tokens and 0 for pads"),
        ([named(IDS, MASK[:, None, None], Y)], {}, r"must have shape \(inputs, tokens\)"),
        ([named(IDS, 0 * MASK, Y)], {}, r"yields an input without tokens, number 0 of its batch"),
        ([(IDS, Y)], {"pool": "median"}, "Unknown pooling 'median'; known: each, first, last, max, mean"),
        ([(IDS, Y)], {"use": 1.5}, "`use` must be a whole number"),
        ([(IDS, Y)], {"axis": 0}, "`axis` must be the axis of neurons, not the first"),
        ([(IDS, Y)], {"label": 1.5}, "`label` must be a key of the batches' mappings"),
        ([(IDS, Y)], {"mask": True}, "or False to use no mask, but is True"),
        ([(IDS, Y)], {"treshold": 0.7}, "Unknown option 'treshold'; known: .* threshold"),
        ([(IDS, Y)], {"draws": 3}, "`draws` must be a whole number of at least 99"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(loader, options, words):
    model = TextModel()
    with pytest.raises(InputError, match=words) as caught:
        diagnose_module(model, LAYER, loader, **{"draws": 99, **options})
    assert "\n" not in str(caught.value)
    assert not any(part._forward_hooks for part in model.modules())


def test_texts_of_several_lengths_need_a_collate_function():
    ragged = DataLoader([(IDS[i, : int(MASK[i].sum())], Y[i]) for i in range(60)], batch_size=10)
    with pytest.raises(InputError, match=r"cannot make a batch .* collate_fn that pads, such as"):
        diagnose_module(TextModel(), LAYER, ragged)


def test_layers_are_listed():
    with pytest.raises(InputError, match=r"`layers` must be a list of names of layers, such as \['0', '2'\]"):
        diagnose_layers(TextModel(), LAYER, [(IDS, Y)])
