"""A model that is made from a config can be saved and loaded after a split: the config follows the width."""

from __future__ import annotations

import copy
import warnings

import pytest

from polygenesis.probe import split_module, split_neuron

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn


class Config:
    """As a Hugging Face config: a record of numbers, with another one in it."""

    def __init__(self, **numbers):
        self.layers, self.hidden_size, self.intermediate_size, self.vocab_size = 2, 6, 9, 9
        self.n_inner, self.dropout, self._commit, self.ratio = None, 0.1, 9, 1.5
        vars(self).update(numbers)

    def to_dict(self):
        return dict(vars(self))


class Model(nn.Module):
    """Residual layers of one width, of which the config says it; as a Hugging Face model, made anew when loaded."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(self.layer(config) for _ in range(config.layers))

    def layer(self, config):
        layer = nn.Sequential(self.first(config), nn.GELU(), nn.Linear(self.width(config), config.hidden_size))
        layer.intermediate_size = self.width(config)
        return layer

    def width(self, config):
        return config.intermediate_size

    def first(self, config):
        return nn.Linear(config.hidden_size, self.width(config))

    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = x + layer(x)
        return {"last": x}

    def save_pretrained(self):
        return copy.deepcopy((self.config, self.state_dict()))

    @classmethod
    def from_pretrained(cls, saved):
        made = cls(saved[0])
        made.load_state_dict(saved[1])
        return made.eval()


class Default(Model):
    """Where the config leaves the width to a default."""

    def width(self, config):
        return config.n_inner or 9


class Nested(Model):
    """The config of the layers lies in another."""

    def width(self, config):
        return config.text.intermediate_size


class Ratio(Model):
    """The config has no number for the width."""

    def width(self, config):
        return int(config.ratio * config.hidden_size)


class Normalized(Model):
    def first(self, config):
        return nn.Sequential(nn.Linear(config.hidden_size, self.width(config)), Turned(self.width(config)))


class Fused(Model):
    def first(self, config):
        return nn.Sequential(nn.Linear(config.hidden_size, 2 * self.width(config)), nn.GLU())


class Turned(nn.BatchNorm1d):
    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class Head(nn.Module):
    """A module of the user's around a model."""

    def __init__(self, model):
        super().__init__()
        self.model, self.readout = model, nn.Linear(model.config.hidden_size, 2)

    def forward(self, ids):
        return self.readout(self.model(ids)["last"])


IDS = torch.arange(9).reshape(3, 3)


@pytest.mark.parametrize("kind", [Model, Default, Nested, Normalized, Fused])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_split_model_is_saved_and_loaded(kind, layers):
    torch.manual_seed(0)
    config = Config(layers=layers, **({"text": Config()} if kind is Nested else {}))
    model, state = kind(config).eval(), torch.get_rng_state()
    first = "layers.0.0.0" if kind in (Normalized, Fused) else "layers.0.0"
    found = split_neuron(model, first, "layers.0.2", 4, inputs={"ids": IDS})
    assert torch.equal(torch.get_rng_state(), state)
    assert len(found.widened) == layers - 1
    assert all(layer.intermediate_size == 10 for layer in found.module.layers)
    assert vars(config) == vars(Config(layers=layers, **({"text": config.text} if kind is Nested else {})))
    again = kind.from_pretrained(found.module.save_pretrained())
    assert torch.equal(again(IDS)["last"], found.module(IDS)["last"])
    assert torch.allclose(again(IDS)["last"], model(IDS)["last"], atol=1e-6)
    twice = split_neuron(found.module, first, "layers.0.2", 2, inputs=IDS)
    kind.from_pretrained(twice.module.save_pretrained())
    assert "an unused neuron in each of the other layers: layers.1.0" in repr(found) or layers == 1


def test_a_model_inside_a_module_is_followed():
    torch.manual_seed(0)
    net = Head(Model(Config())).eval()
    found = split_neuron(net, "model.layers.1.0", "model.layers.1.2", 4, inputs=IDS).module
    assert found.model.config.intermediate_size == 10
    assert found.model.config.vocab_size == net.model.config.intermediate_size == 9
    Model.from_pretrained(found.model.save_pretrained())


@pytest.mark.parametrize(("kind", "how"), [(Ratio, {}), (Model, {"widen_all": False})])
def test_a_config_that_cannot_say_it_is_warned_of(kind, how):
    torch.manual_seed(0)
    model = kind(Config()).eval()
    with pytest.warns(UserWarning, match=r"cannot say that 'layers\.0\.0' has 10 neurons") as caught:
        found = split_neuron(model, "layers.0.0", "layers.0.2", 4, inputs=IDS, **how)
    assert caught[0].filename == __file__
    assert found.widened == ()
    assert found.module.layers[1][0].out_features == 9
    assert found.module.config.intermediate_size == 9


def test_nothing_is_said_of_an_unused_neuron_that_is_used():
    torch.manual_seed(0)
    model = Ratio(Config()).eval()
    with torch.no_grad():
        model.layers[0][2].weight[:, 3] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        split_neuron(model, "layers.0.0", "layers.0.2", 4, to=3, inputs=IDS)


def test_splitting_by_features_follows_too():
    torch.manual_seed(0)
    model = Model(Config(hidden_size=3, vocab_size=3)).eval()
    with torch.no_grad():
        model.embed.weight[:] = torch.eye(3)
        model.layers[0][0].weight[4] = 1.0
    found = split_module(model, "layers.0.0", "layers.0.2", torch.arange(3)[:, None], activation=nn.functional.gelu)
    assert found.module.layers[1][0].out_features == found.module.config.intermediate_size > 9
    Model.from_pretrained(found.module.save_pretrained())
