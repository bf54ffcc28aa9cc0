"""Splitting neurons of models that people bring: exact, saved and loaded again, or refused in one sentence."""

from __future__ import annotations

import pytest

from polygenesis.errors import InputError
from polygenesis.probe import split_and_relax_module, split_neuron

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

IDS = torch.arange(24).reshape(3, 8) % 20
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 60}


@pytest.fixture(scope="module")
def transformers():
    found = pytest.importorskip("transformers")
    found.logging.set_verbosity_error()
    found.logging.disable_progress_bar()
    return found


def gpt2(tf):
    config = tf.GPT2Config(
        n_layer=2, n_head=2, n_embd=32, vocab_size=60, n_positions=16, bos_token_id=0, eos_token_id=0
    )
    return tf.GPT2LMHeadModel(config), "transformer.h.0.mlp.c_fc", "transformer.h.0.mlp.c_proj", 128


def bert(tf):
    return (
        tf.BertModel(tf.BertConfig(**SMALL)),
        "encoder.layer.0.intermediate.dense",
        "encoder.layer.0.output.dense",
        64,
    )


def bert_of_one_layer(tf):
    model = tf.BertModel(tf.BertConfig(**{**SMALL, "num_hidden_layers": 1}))
    return model, "encoder.layer.0.intermediate.dense", "encoder.layer.0.output.dense", 64


def classifier(tf):
    model = tf.BertForSequenceClassification(tf.BertConfig(**SMALL, num_labels=3))
    return model, "bert.encoder.layer.1.intermediate.dense", "bert.encoder.layer.1.output.dense", 64


def llama(tf):
    at = "model.layers.1.mlp."
    return tf.LlamaForCausalLM(tf.LlamaConfig(**SMALL)), (f"{at}gate_proj", f"{at}up_proj"), f"{at}down_proj", 64


def phi3(tf):
    at = "model.layers.0.mlp."
    config = tf.Phi3Config(**SMALL, num_key_value_heads=2, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    return tf.Phi3ForCausalLM(config), f"{at}gate_up_proj", f"{at}down_proj", 64


def neox(tf):
    at = "gpt_neox.layers.0.mlp."
    return tf.GPTNeoXForCausalLM(tf.GPTNeoXConfig(**SMALL)), f"{at}dense_h_to_4h", f"{at}dense_4h_to_h", 64


def t5(tf):
    config = tf.T5Config(
        d_model=32, d_ff=64, num_layers=2, num_heads=2, d_kv=16, vocab_size=60, decoder_start_token_id=0
    )
    at = "encoder.block.0.layer.1.DenseReluDense."
    return tf.T5ForConditionalGeneration(config), f"{at}wi", f"{at}wo", 64


MODELS = (gpt2, bert, bert_of_one_layer, classifier, llama, phi3, neox, t5)


def batch(model):
    more = {"decoder_input_ids": IDS} if model.config.is_encoder_decoder else {}
    return {"input_ids": IDS, "attention_mask": torch.ones_like(IDS), **more}


def answers(model, inputs):
    with torch.no_grad():
        return next(iter(model.eval()(**inputs).values()))


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_split_is_exact_and_loads_again(make, transformers, tmp_path):
    torch.manual_seed(0)
    model, into, out_of, width = make(transformers)
    inputs, before = batch(model.eval()), {name: each.clone() for name, each in model.state_dict().items()}
    for found in (
        split_neuron(model, into, out_of, 5, inputs=inputs),
        split_neuron(model, into, out_of, 5, [0, 3], loss=lambda net: net(**inputs)[0].square().mean()),
    ):
        assert all(torch.equal(before[name], each) for name, each in model.state_dict().items())
        assert found.to == width
        assert found.largest_change <= 1e-5 * float(answers(model, inputs).abs().max())
    found.module.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path)
    assert torch.equal(answers(again, inputs), answers(found.module, inputs))


def test_a_tokenizers_batch_and_a_models_own_loss(transformers):
    torch.manual_seed(0)
    model, into, out_of, _ = classifier(transformers)
    encoded = transformers.BatchEncoding({"input_ids": IDS, "attention_mask": torch.ones_like(IDS)})
    labels = torch.tensor([0, 1, 2])
    for inputs in (encoded, dict(encoded), {**encoded, "labels": labels}, IDS, (IDS, torch.ones_like(IDS))):
        assert split_neuron(model, into, out_of, 5, inputs=inputs).largest_change < 1e-6
    assert split_neuron(model, into, out_of, 5, inputs=(encoded, labels)).largest_change < 1e-6

    def loss(net, each):
        return net(**each).loss

    (found,) = split_and_relax_module(model, into, out_of, {5: [0]}, [{**encoded, "labels": labels}], loss, steps=2)
    assert found.change_at_once < 1e-5


def test_half_of_a_gate_and_the_attention_are_refused(transformers):
    torch.manual_seed(0)
    model, (gate, _), down, _ = llama(transformers)
    with pytest.raises(InputError, match="the second projection of a gated layer, which `into` must then name too"):
        split_neuron(model, gate, down, 5, inputs=IDS)
    with pytest.raises(InputError, match=r"must read the neurons of|would change|gives, which reads"):
        split_neuron(model, "model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.o_proj", 5, inputs=IDS)
    model, into, out_of, _ = gpt2(transformers)
    with pytest.raises(InputError, match="`to` must be another neuron"):
        split_neuron(model, into, out_of, 5, to=7, inputs=IDS)
    with pytest.raises(InputError, match="reads all neurons together"):
        split_neuron(model, out_of, "lm_head", 5, inputs=IDS)


def test_vision_models():
    pytest.importorskip("torchvision")
    timm = pytest.importorskip("timm")
    import torchvision

    torch.manual_seed(0)
    images = torch.randn(2, 3, 32, 32)
    resnet = torchvision.models.resnet18(num_classes=10).eval()
    found = split_neuron(resnet, "layer1.0.conv1", "layer1.0.conv2", 2, inputs=images)
    assert found.companions == ("layer1.0.bn1",)
    assert found.largest_change < 1e-5
    with pytest.raises(InputError, match=r"does not run once|would change|must read the neurons"):
        split_neuron(resnet, "layer1.0.conv2", "layer1.1.conv1", 2, inputs=images)
    mobile = torchvision.models.mobilenet_v2(num_classes=10).eval()
    for reader in ("features.2.conv.1.0", "features.2.conv.2"):
        with pytest.raises(InputError, match="a convolution in 96 groups"):
            split_neuron(mobile, "features.2.conv.0.0", reader, 2, inputs=images)
    vit = timm.create_model("vit_tiny_patch16_224", num_classes=10, depth=2, img_size=32, patch_size=8).eval()
    assert split_neuron(vit, "blocks.0.mlp.fc1", "blocks.0.mlp.fc2", 2, inputs=images).largest_change < 1e-5
