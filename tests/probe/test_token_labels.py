"""Labels of tokens in batches padded to several widths: never columns by mistake, and the way out is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

torch = pytest.importorskip("torch", reason="needs the torch extra")

from text_models import BatchEncoding, TextModel, pieces, texts  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_module  # noqa: E402

pytestmark = pytest.mark.torch

LAYER = "encoder.act"
IDS, MASK, Y = texts(longest=12)
ORDER = torch.argsort(MASK.sum(1))
IDS, MASK = IDS[ORDER], MASK[ORDER]
ODD = IDS % 2 * MASK  # one concept, 0 at pads
N = int(MASK.sum())
FLAT = ODD[MASK > 0]
LISTS = [row[kept > 0].tolist() for row, kept in zip(ODD, MASK, strict=True)]


def own_width(*columns):
    """Batches, each cut to its own longest text."""
    found = pieces(MASK, *columns)
    return [tuple(each[:, : int(batch[0].sum(1).max())] for each in batch) for batch in found]


BATCHES = [{"input_ids": i, "attention_mask": m} for m, _, i in own_width(MASK, IDS)]
WIDTHS = [each["input_ids"].shape[1] for each in BATCHES]
BY_BATCH = [odd for _, odd in own_width(ODD)]
WHOLE = [{"input_ids": IDS, "attention_mask": MASK}]
WIDE = pieces(ODD)


def diagnosed(labels, loader=BATCHES, **options):
    return diagnose_module(TextModel(), LAYER, loader, labels=labels, draws=99, alternatives=(), **options)


def with_labels(labels):
    return [{**batch, "labels": each} for batch, each in zip(BATCHES, labels, strict=True)]


def test_the_batches_have_several_widths():
    assert len(set(WIDTHS)) == 3
    assert max(WIDTHS) == 12


FORMS = {
    "tensor": (ODD, BATCHES),
    "array": (ODD.numpy(), BATCHES),
    "truth values": (ODD.numpy() > 0, BATCHES),
    "lists": (ODD.tolist(), BATCHES),
    "arrays of batches": (BY_BATCH, BATCHES),
    "of batches, padded alike": ([each for (each,) in WIDE], BATCHES),
    "the loader's": (None, with_labels(BY_BATCH)),
    "the loader's, padded alike": (None, with_labels([each for (each,) in WIDE])),
    "sparse": (sparse.csr_array(ODD.numpy()), BATCHES),
    "a frame without names": (pd.DataFrame(ODD.numpy()), BATCHES),
    "as wide as the first batch": (ODD[:, : WIDTHS[0]], BATCHES),
    "without a special token": (ODD[:, :-1], WHOLE),
    "without two special tokens": (ODD[:, 1:-1], WHOLE),
}


@pytest.mark.parametrize("form", FORMS)
def test_positions_of_tokens_are_no_features(form):
    labels, loader = FORMS[form]
    with pytest.raises(InputError, match=r'if they belong to tokens, pool="each" .* one a feature, say kind="multi-l'):
        diagnosed(labels, loader)
    if "of batches" not in form and "loader" not in form:
        assert len(diagnosed(labels, loader, kind="multi-label").names) > 2


@pytest.mark.parametrize("kind", [None, "classes", "continuous"])
def test_labels_of_tokens_that_do_not_fit_say_the_way_out(kind):
    with pytest.raises(InputError, match=rf"one for each of the {N} tokens .*, or pad all batches to one width"):
        diagnosed(ODD, pool="each", kind=kind)
    loader = [{**BATCHES[1], "labels": BY_BATCH[1][:, 1:]}]
    with pytest.raises(InputError, match=r"one for each of the .* tokens .*, special tokens included"):
        diagnosed(None, loader, pool="each", kind=kind)


def test_numbers_in_columns_are_not_told_to_be_multi_label():
    for labels in (ODD.float() + 0.5, 2 * ODD):
        with pytest.raises(InputError, match='say kind="continuous"'):
            diagnosed(labels)
        assert len(diagnosed(labels, kind="continuous").names) == 12


EXPECTED = np.asarray(FLAT)
IN_TOKENS = {
    "flat": FLAT,
    "lists": LISTS,
    "of batches": BY_BATCH,
    "lists of batches": [each.tolist() for each in BY_BATCH],
    "lists of lists": [LISTS[:20], LISTS[20:40], LISTS[40:]],
    "flat of batches": [odd[batch["attention_mask"] > 0] for odd, batch in zip(BY_BATCH, BATCHES, strict=True)],
    "−100 at pads": torch.where(MASK > 0, ODD, -100),
}


@pytest.mark.parametrize("form", IN_TOKENS)
def test_what_the_sentence_advises_is_read(form):
    found = diagnosed(IN_TOKENS[form], pool="each", kind="classes")
    expected = diagnosed(FLAT.numpy(), pool="each")
    assert found.names == ("0", "1")
    assert found.selectivity[0].samples == N
    assert (found.strength == expected.strength).all()


def test_padding_on_the_left_is_taken_off_on_the_left():
    """Special tokens have the label −100 too, so that both ends of the labels may be −100 alone."""
    lengths = MASK.sum(1)
    kept = torch.arange(12) >= 12 - lengths[:, None]
    ids = torch.where(kept, IDS.flip(1), 0)
    special = torch.arange(12) == 11
    labels = torch.where(kept & ~special, ids % 2, -100)
    loader = [
        {"input_ids": i[:, -w:], "attention_mask": m[:, -w:].long()}
        for (i, m), w in zip(pieces(ids, kept), WIDTHS, strict=True)
    ]
    found = diagnosed(labels, loader, pool="each")
    flat = diagnosed(labels[kept], loader, pool="each")
    assert found.selectivity[0].samples == flat.selectivity[0].samples == int((kept & ~special).sum())
    assert (found.strength == flat.strength).all()


THREE = torch.stack([ODD, 1 - ODD], -1)
TWO = {"odd": ODD, "even": (1 - ODD).numpy()}


def test_columns_of_tokens_say_the_way_out():
    ends = rf"give flat columns .*, one row for each of the {N} tokens that are not padding, or pad all batches to one"
    with pytest.raises(InputError, match=rf"Labels have shape \(60, 12, 2\) for texts of {WIDTHS[0]} to 12.*{ends}"):
        diagnosed(THREE, pool="each")
    with pytest.raises(InputError, match=rf"Column 'odd' of the labels has shape \(60, 12\) .*{ends}"):
        diagnosed(TWO, pool="each")
    with pytest.raises(InputError, match=r"Column 'odd' of the labels has shape \(60, 12\).*pool=\"each\" makes"):
        diagnosed(TWO)
    with pytest.raises(InputError, match=r"one row for each of .*, special tokens included\.$"):
        diagnosed(THREE[:, 1:], WHOLE, pool="each")
    flat = {name: torch.as_tensor(each)[MASK > 0].numpy() for name, each in TWO.items()}
    lists = {name: [row[kept > 0].tolist() for row, kept in zip(torch.as_tensor(each), MASK, strict=True)]
             for name, each in TWO.items()}  # fmt: skip
    expected = diagnosed(pd.DataFrame(flat), pool="each")
    assert expected.names == ("odd", "even")
    for labels, loader in ((flat, BATCHES), (lists, BATCHES), (TWO, WHOLE)):
        found = diagnosed(labels, loader, pool="each")
        assert found.names == expected.names
        assert found.strength == pytest.approx(expected.strength, abs=1e-6)
    for kind in (None, "multi-label"):
        found = diagnosed(THREE, WHOLE, pool="each", kind=kind)
        assert found.strength == pytest.approx(expected.strength, abs=1e-6)


def test_a_wrong_number_of_labels_names_both_that_are_right():
    says = rf"one label for each of the {N} tokens that are not padding, or of the 60 texts, .* but has {N - 7}\."
    with pytest.raises(InputError, match=says):
        diagnosed(FLAT[:-7], pool="each")
    with pytest.raises(InputError, match=rf'each of the 60 inputs, .* has {N}; pool="each" makes each of the {N} tok'):
        diagnosed(FLAT)
    with pytest.raises(InputError, match="one label for the one input, as"):
        diagnosed([0, 1], [{key: each[:1] for key, each in WHOLE[0].items()}])


def test_lists_of_several_lengths_are_asked_about():
    with pytest.raises(InputError, match=r'lists of 3 to 12 labels: if they belong to tokens, pool="each" makes'):
        diagnosed(LISTS)
    tags = [["odd" if each else "even" for each in row] for row in LISTS]
    with pytest.raises(InputError, match=r'as many as each input has tokens: .* if they are tags, say kind="multi-l'):
        diagnosed(tags)
    assert diagnosed(tags, kind="multi-label").selectivity[0].samples == 60
    assert diagnosed(tags, pool="each").names == ("even", "odd")
    tags[0] = [*tags[0], "odd"]
    assert diagnosed(tags).selectivity[0].samples == 60
    short = [row[:-1] for row in LISTS]
    with pytest.raises(InputError, match=r"for input \d+ has \d+ labels? for \d+ tokens"):
        diagnosed(short, pool="each")


def test_minus_100_is_no_number_of_a_column():
    columns = {"odd": np.where(FLAT.numpy() > 0, 1, -100), "even": 1 - FLAT.numpy()}
    with pytest.raises(InputError, match=r"column 'odd' is -100, PyTorch's word for none, for \d+ of"):
        diagnosed(columns, pool="each")


# Not labels at all


@pytest.mark.parametrize("form", [dict, BatchEncoding])
def test_a_tokenizer_s_output_is_no_labels(form):
    output = form(input_ids=IDS, attention_mask=MASK)
    for ask in (
        lambda: diagnosed(output),
        lambda: diagnosed(output, pool="each"),
        lambda: diagnosed([form(input_ids=row) for row in IDS]),
        lambda: diagnosed(None, [{**WHOLE[0], "labels": output}]),
    ):
        with pytest.raises(InputError, match="this is a tokenizer's output, not labels: it has input_ids"):
            ask()


COLLATED = with_labels(torch.where(b["attention_mask"] > 0, b["input_ids"], -100) for b in BATCHES)


@pytest.mark.parametrize("pool", ["max", "each"])
def test_token_ids_are_no_labels(pool):
    for labels, loader in ((None, COLLATED), ([each["labels"] for each in COLLATED], BATCHES), (IDS, WHOLE)):
        with pytest.raises(InputError, match="Labels are equal to the token ids, as collators for language models"):
            diagnosed(labels, loader, pool=pool)
    activations, labels = capture(TextModel(), LAYER, COLLATED, pool=pool)
    assert labels is None
    assert len(activations) == (N if pool == "each" else 60)
    assert diagnosed(Y, COLLATED).names == ("0", "1", "2")


def test_token_ids_are_classes_where_it_is_said():
    with pytest.raises(InputError, match="Labels are equal to the token ids"):
        diagnosed(IDS[MASK > 0], pool="each")
    assert len(diagnosed(None, COLLATED, pool="each", kind="classes").names) == len(IDS[MASK > 0].unique())


def masked(ids, real, *, left=0.1, random=0.1, share=0.15, all_labelled=False):
    """What a collator for masked language models makes: most chosen tokens masked, some random, some left."""
    draw = torch.Generator().manual_seed(0)
    chosen = (torch.rand(ids.shape, generator=draw) < share) & (real > 0)
    fate, other = torch.rand(ids.shape, generator=draw), torch.randint(1, 12, ids.shape, generator=draw)
    given = torch.where(chosen & (fate >= left + random), 99, torch.where(chosen & (fate < random), other, ids))
    return given, torch.where(chosen, ids, ids if all_labelled else -100)


GUESSED = {
    "as BERT's": {},
    "no token left as it was": {"left": 0.0, "random": 0.2},
    "masks alone": {"left": 0.0, "random": 0.0},
    "a third": {"share": 0.33},
    "labels everywhere": {"all_labelled": True},
}


class MaskedModel(TextModel):
    """A module whose token 99, the mask, is its token 0."""

    def forward(self, input_ids, attention_mask=None):
        return super().forward(torch.where(input_ids == 99, 0, input_ids), attention_mask)


def ask_masked(labels, loader, **options):
    return diagnose_module(MaskedModel(), LAYER, loader, labels=labels, draws=99, alternatives=(), **options)


@pytest.mark.parametrize("order", ["ids first", "mask first"])
@pytest.mark.parametrize("form", GUESSED)
def test_masked_tokens_are_no_labels(form, order):
    ids, labels = masked(IDS, MASK, **GUESSED[form])
    batch = {"input_ids": ids, "attention_mask": MASK, "labels": labels}
    batch = batch if order == "ids first" else dict(sorted(batch.items()))
    for pool in ("each", "max"):
        with pytest.raises(InputError, match=r"Labels are the ids of masked tokens, as collators .*labels=,"):
            ask_masked(None, [batch], pool=pool)
        activations, found = capture(MaskedModel(), LAYER, [batch], pool=pool)
        assert found is None
        assert len(activations) == (N if pool == "each" else 60)
    with pytest.raises(InputError, match="Labels are the ids of masked tokens"):
        ask_masked(labels, [{"input_ids": ids, "attention_mask": MASK}], pool="each")
    assert ask_masked(FLAT, [batch], pool="each").carried.shape[1] == 2
    assert len(ask_masked(None, [batch], pool="each", kind="classes").names) > 2


def test_the_ids_of_the_next_tokens_are_no_labels():
    following = torch.nn.functional.pad(torch.where(MASK > 0, IDS, -100)[:, 1:], (0, 1), value=-100)
    batch = {"input_ids": IDS, "attention_mask": MASK, "labels": following}
    with pytest.raises(InputError, match="Labels are the ids of the next tokens"):
        diagnosed(None, [batch], pool="each")
    assert capture(TextModel(), LAYER, [batch], pool="each")[1] is None


CLASSES_OF_TOKENS = {
    "tags": lambda: torch.where(MASK > 0, IDS % 5, -100),
    "tags of few tokens": lambda: torch.where((MASK > 0) & (torch.rand(IDS.shape) < 0.15), IDS % 5, -100),
    "tags of one word": lambda: torch.where(IDS[MASK > 0].mode().values == IDS, Y[:, None], -100),
    "a text's class at its first token": lambda: torch.nn.functional.pad(Y[:, None], (0, 11), value=-100),
}


@pytest.mark.parametrize("form", CLASSES_OF_TOKENS)
def test_classes_of_some_tokens_stay_labels(form):
    torch.manual_seed(0)
    labels = CLASSES_OF_TOKENS[form]()
    found = capture(TextModel(), LAYER, [{"input_ids": IDS, "attention_mask": MASK, "labels": labels}], pool="each")
    assert found[1] is not None
    assert len(found[0]) == int(((labels != -100) & (MASK > 0)).sum())


TEXTS = {
    "texts": ["a cat", "a dog"],
    "batches of texts": [["a cat", "a dog"]],
    "tuples": [("a cat", "a dog")],
    "(texts, labels)": [(["a cat", "a dog"], torch.tensor([0, 1]))],
    "mappings": [{"text": ["a cat", "a dog"], "labels": torch.tensor([0, 1])}],
    "ids": [{"input_ids": ["a cat", "a dog"], "labels": torch.tensor([0, 1])}],
}


@pytest.mark.parametrize("form", TEXTS)
def test_texts_are_to_be_tokenized(form):
    with pytest.raises(InputError, match=r"tokenize first, such as tokenizer\(texts, return_tensors="):
        diagnosed(None if "labels" in str(TEXTS[form]) or "(" in form else Y[:2], TEXTS[form])


def test_one_network_has_one_start():
    with pytest.raises(InputError, match=r"`initial` must have one network, but has 2\."):
        diagnosed(Y, initial=[TextModel(1), TextModel(2)])
