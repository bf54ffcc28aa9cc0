"""A small stand-in for a language model of Hugging Face: its arguments, its masks, its outputs, its texts."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

WORDS, WIDTH, NEURONS = 40, 8, 16


@dataclass
class Output(Mapping):  # type: ignore[type-arg]
    """A ModelOutput: a dataclass and a mapping at once."""

    last_hidden_state: Any
    attentions: Any = None

    def __getitem__(self, key):
        return getattr(self, key)

    def __iter__(self):
        return iter(["last_hidden_state", "attentions"])

    def __len__(self):
        return 2


class BatchEncoding(UserDict):  # type: ignore[type-arg]
    """What tokenizers return: a mapping that is no dict."""


class Attention(nn.Module):
    """Attention in which no position counts but by its word, so that padding on either side changes nothing."""

    def __init__(self):
        super().__init__()
        self.query, self.value = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, hidden, attention_mask=None):
        scores = self.query(hidden) @ hidden.transpose(1, 2)
        if attention_mask is not None:
            scores = scores.masked_fill(attention_mask[:, None] == 0, -torch.inf)
        weights = scores.softmax(-1)
        return weights @ self.value(hidden), weights


class Encoder(nn.Module):
    """One block; it returns an Output."""

    def __init__(self):
        super().__init__()
        self.attention, self.up, self.act = Attention(), nn.Linear(WIDTH, NEURONS), nn.ReLU()
        self.down = nn.Linear(NEURONS, WIDTH)

    def forward(self, hidden, attention_mask=None):
        mixed, weights = self.attention(hidden, attention_mask)
        return Output(hidden + self.down(self.act(self.up(hidden + mixed))), weights)


class TextModel(nn.Module):
    """Token ids to an Output, with arguments in the order in which Hugging Face's have them."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.embedding, self.encoder = nn.Embedding(WORDS, WIDTH), Encoder()

    def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, labels=None):
        assert labels is None, "labels are never passed on"
        return self.encoder(self.embedding(input_ids), attention_mask)


def texts(inputs=60, longest=9, seed=0):
    """Token ids of texts of 3 to ``longest`` words, padded with 0 on the right; their mask; and a class for each."""
    draws = torch.Generator().manual_seed(seed)
    lengths = torch.randint(3, longest + 1, (inputs,), generator=draws)
    lengths[0] = longest
    mask = (torch.arange(longest) < lengths[:, None]).long()
    return torch.randint(1, WORDS, (inputs, longest), generator=draws) * mask, mask, torch.arange(inputs) % 3


def pieces(*columns, size=20):
    """Batches: of each column the next rows."""
    return [tuple(each[i : i + size] for each in columns) for i in range(0, len(columns[0]), size)]
