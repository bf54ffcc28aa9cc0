"""timm and torchvision: channels first and last, mappings of one image."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from polygenesis.probe import capture  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

IMAGES = torch.rand(20, 3, 32, 32, generator=torch.Generator().manual_seed(0))
Y = torch.arange(20) % 2
LOADERS = ([(IMAGES, Y)], [{"image": IMAGES, "label": Y}])

TIMM = {
    "convnext_atto": ({"depths": (1, 1, 1, 1), "dims": (8, 12, 16, 20)},
                      {"stem.1": 8, "stages.0.blocks.0.mlp.fc1": 32, "stages.0.blocks.0.mlp.act": 32,
                       "stages.1.blocks.0.conv_dw": 12, "stages.1.blocks.0": 12}),
    "vit_tiny_patch16_224": ({"img_size": 32, "depth": 1, "embed_dim": 24, "num_heads": 2},
                             {"blocks.0.mlp.act": 96, "blocks.0.attn.qkv": 72, "norm": 24}),
    "swin_tiny_patch4_window7_224": ({"img_size": 32, "window_size": 4, "depths": (1, 1), "num_heads": (1, 2),
                                      "embed_dim": 12},
                                     {"layers.0.blocks.0.mlp.fc1": 48, "layers.0.blocks.0.mlp.act": 48, "norm": 24}),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMM)
def test_timm(name):
    timm = pytest.importorskip("timm", reason="needs timm: nox -s clients")
    settings, layers = TIMM[name]
    model = timm.create_model(name, num_classes=3, **settings)
    for layer, neurons in layers.items():
        for loader in LOADERS:
            assert capture(model, layer, loader)[0].shape == (20, neurons), layer


def test_torchvision():
    vision = pytest.importorskip("torchvision", reason="needs torchvision: nox -s clients").models
    swin = vision.SwinTransformer([2, 2], 8, [2], [1], [4, 4])
    resnet = vision.ResNet(vision.resnet.BasicBlock, [1, 1, 1, 1])
    convnext = vision.ConvNeXt([vision.convnext.CNBlockConfig(12, None, 2)])
    for model, layers in (
        (swin, {"features.1.0.mlp.0": 32, "features.1.0.mlp.1": 32, "features.1.0.norm1": 8, "features.1.0": 8}),
        (resnet, {"relu": 64, "layer1.0.conv1": 64, "layer1": 64, "layer2.0.downsample.1": 128, "avgpool": 512}),
        (convnext, {"features.1.0.block.3": 48, "features.1.0.block.4": 48, "features.1.0": 12}),
    ):
        for layer, neurons in layers.items():
            assert capture(model, layer, LOADERS[0])[0].shape == (20, neurons), layer
