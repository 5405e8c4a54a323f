"""The trained network as an ONNX file, in fp32 or int8.

The graph is written node by node with ONNX Runtime's fused operators (attention, skip-and-norm,
gelu), which its optimiser would otherwise have to find again, and cannot once the weights are
quantised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from accordingto.pipeline.network.windows import FEATURE_SIZES
from accordingto.training.encoder import Layer, Network

OPSET = 17
MICROSOFT = "com.microsoft"
OUTPUTS = ("tags", "last", "edges", "links")
# How many hidden units of each layer stay in fp32, and how far the outliers of the other products'
# inputs are moved to the weights (0 to 1): as measured, see docs/accuracy.md.
OUTLIERS = 8
SMOOTHED, STRENGTH = ("qkv", "up"), 0.7
LARGEST_WEIGHT = 64  # in steps of its scale: 7 bits, see `export`


class _Graph:
    """Nodes and initialisers in the making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def const(self, name: str, value: Tensor | NDArray[np.generic]) -> str:
        array = value.detach().numpy() if isinstance(value, Tensor) else value
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(
        self, kind: str, name: str, inputs: list[str], domain: str = "", **attributes: Any
    ) -> str:
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes)
        )
        return name

    def linear(self, name: str, x: str, layer: torch.nn.Linear, bias: bool = True) -> str:
        weight = self.const(f"{name}.weight", layer.weight.T)
        out = self.add("MatMul", f"{name}.matmul" if bias else name, [x, weight])
        return self.add("Add", name, [out, self.const(f"{name}.bias", layer.bias)]) if bias else out

    def skip_norm(
        self, name: str, x: str, skip: str, norm: torch.nn.LayerNorm, bias: Tensor
    ) -> str:
        inputs = [
            x,
            skip,
            self.const(f"{name}.gain", norm.weight),
            self.const(f"{name}.shift", norm.bias),
            self.const(f"{name}.bias", bias),
        ]
        return self.add("SkipLayerNormalization", name, inputs, MICROSOFT, epsilon=norm.eps)


def _row_quantised(graph: _Graph, name: str, table: Tensor, index: str) -> str:
    """A look-up in a table kept as int8 with one scale a row: a quarter of the size, an error under
    half a per cent.
    """
    scale = (table.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-8)
    rounded = (table / scale).round().to(torch.int8)
    rows = graph.add("Gather", f"{name}.row", [graph.const(f"{name}.int8", rounded), index])
    scales = graph.add("Gather", f"{name}.row_scale", [graph.const(f"{name}.scale", scale), index])
    return graph.add(
        "Mul", name, [graph.add("Cast", f"{name}.float", [rows], to=TensorProto.FLOAT), scales]
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What goes into the quantised products, by name of the product or layer.

    divisors: [in] what each channel is divided by; grams: [in, in] the inputs' products with each
    other, summed over the pieces, of the channels that are quantised, so divided; usual: [hidden]
    whether a layer's hidden unit is quantised.
    """

    divisors: dict[str, Tensor]
    grams: dict[str, Tensor]
    usual: dict[str, Tensor]


def calibrate(net: Network, windows: Iterable[dict[str, Tensor]]) -> Calibration:
    """Looks at the inputs of the products that int8 rounds, over windows without padding.

    Few channels are far larger than the rest and would set the one 8-bit scale for all. Of a
    layer's hidden units they are left out (LLM.int8(), Dettmers et al., NeurIPS 2022). Elsewhere
    all are divided, and the weights' rows multiplied in return: that moves the burden to the
    weights, which have a scale for every column (SmoothQuant, Xiao et al., ICML 2023).
    """
    largest: dict[str, Tensor] = {}
    grams: dict[str, Tensor] = {}
    layers: dict[str, torch.nn.Linear] = {
        f"layer{number}.{part}": getattr(layer, part)
        for number, layer in enumerate(net.eval().layers)
        for part in ("qkv", "out", "up", "down")
    }

    def watch(name: str) -> RemovableHandle:
        def hook(_: torch.nn.Module, given: tuple[Tensor, ...]) -> None:
            x = given[0].detach().flatten(0, -2)
            top, gram = x.abs().amax(dim=0), x.T @ x
            largest[name] = torch.maximum(largest[name], top) if name in largest else top
            grams[name] = grams[name] + gram if name in grams else gram

        return layers[name].register_forward_pre_hook(hook)

    handles = [watch(name) for name in layers]
    with torch.no_grad():
        for window in windows:
            net(window["ids"], window["features"], window["mask"])
    for handle in handles:
        handle.remove()
    divisors, usual = {}, {}
    for name, top in largest.items():
        layer, part = name.split(".")
        if part in SMOOTHED:
            weight = layers[name].weight.detach().abs().amax(dim=0)
            divisor = top.clamp(min=1e-5) ** STRENGTH / weight.clamp(min=1e-5) ** (1 - STRENGTH)
            divisors[name] = divisor.clamp(min=1e-3)
            grams[name] = grams[name] / divisors[name][:, None] / divisors[name]
        elif part == "down":
            usual[layer] = torch.ones_like(top, dtype=torch.bool)
            usual[layer][top.topk(OUTLIERS).indices] = False
            grams[name] = grams[name][usual[layer]][:, usual[layer]]
    return Calibration(divisors, grams, usual)


def build(net: Network, calibration: Calibration | None) -> onnx.ModelProto:
    """The graph in fp32; with a calibration the word table is small, and the products are scaled
    and divided as the quantised ones will be.

    Inputs: ids [B, T] int32, features [B, T, 3] int32, without padding. Outputs: tags [B, T, 7],
    last [B, T, 3], edges [B, T, 6 * edge], links [B, T, 6 * link], all float.
    """
    g, net = _Graph(), net.eval()
    config = net.config

    def smoothed(name: str, x: str, weight: Tensor) -> list[str]:
        """The input and the weights [in, out] of a product, both rescaled by its divisors."""
        if calibration and name in calibration.divisors:
            divisor = calibration.divisors[name]
            x = g.add("Mul", f"{name}.smooth", [x, g.const(f"{name}.divisor", 1 / divisor)])
            weight = weight * divisor[:, None]
        return [x, g.const(f"{name}.weight", weight)]

    def feed_forward(name: str, x: str, layer: Layer, units: Tensor | slice) -> str:
        """What these hidden units of the layer add, without the bias."""
        up = g.add("MatMul", f"{name}.up", smoothed(f"{name}.up", x, layer.up.weight[units].T))
        bias = g.const(f"{name}.up.bias", layer.up.bias[units])
        # by tanh instead of the error function: faster, and off by less than int8 is
        gelu = "FastGelu" if calibration else "BiasGelu"
        up = g.add(gelu, f"{name}.gelu", [up, bias], MICROSOFT)
        weight = g.const(f"{name}.down.weight", layer.down.weight[:, units].T)
        return g.add("MatMul", f"{name}.down", [up, weight])

    if calibration:
        x = _row_quantised(g, "words", net.words.weight, "ids")
    else:
        x = g.add("Gather", "words", [g.const("words.weight", net.words.weight), "ids"])
    # the three small tables as one, with an index for every combination
    strides = np.array([FEATURE_SIZES[1] * FEATURE_SIZES[2], FEATURE_SIZES[2], 1], np.int32)
    surface = torch.stack(
        [
            sum((net.surface[i].weight[v] for i, v in enumerate(values)), torch.zeros(config.width))
            for values in np.ndindex(*FEATURE_SIZES)
        ]
    )
    scaled = g.add("Mul", "surface.scaled", ["features", g.const("surface.strides", strides)])
    combined = g.add(
        "ReduceSum",
        "surface.index",
        [scaled, g.const("surface.axis", np.array([-1], np.int64))],
        keepdims=0,
    )
    x = g.add(
        "Add",
        "words.surface",
        [x, g.add("Gather", "surface", [g.const("surface.weight", surface), combined])],
    )
    length = g.add(
        "Gather",
        "length",
        [g.add("Shape", "shape", ["ids"]), g.const("one", np.array([1], np.int64))],
    )
    zero = g.const("zero", np.array([0], np.int64))
    places = g.add("Slice", "places", [g.const("places.weight", net.places.weight), zero, length])
    x = g.add("Add", "embedded", [x, places])
    norm = [g.const("norm.gain", net.norm.weight), g.const("norm.shift", net.norm.bias)]
    x = g.add("LayerNormalization", "norm", [x, *norm], epsilon=net.norm.eps, axis=-1)
    for number, layer in enumerate(net.layers):
        name = f"layer{number}"
        inputs = [
            *smoothed(f"{name}.qkv", x, layer.qkv.weight.T),
            g.const(f"{name}.qkv.bias", layer.qkv.bias),
        ]
        mixed = g.add("Attention", f"{name}.attention", inputs, MICROSOFT, num_heads=layer.heads)
        mixed = g.linear(f"{name}.out", mixed, layer.out, bias=False)
        x = g.skip_norm(f"{name}.norm_attention", mixed, x, layer.norm_attention, layer.out.bias)
        units: Tensor | slice = calibration.usual[name] if calibration else slice(None)
        down, skip = feed_forward(name, x, layer, units), x
        if isinstance(units, Tensor):
            outliers = feed_forward(f"{name}.outliers", x, layer, ~units)
            skip = g.add("Add", f"{name}.skip", [x, outliers])
        x = g.skip_norm(f"{name}.norm", down, skip, layer.norm, layer.down.bias)
    for name in OUTPUTS:
        g.linear(name, x, getattr(net, name))
    batch = ["batch", "length"]
    given = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, batch),
        helper.make_tensor_value_info("features", TensorProto.INT32, [*batch, 3]),
    ]
    sizes = [getattr(net, name).out_features for name in OUTPUTS]
    wanted = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, [*batch, s])
        for n, s in zip(OUTPUTS, sizes, strict=True)
    ]
    graph = helper.make_graph(g.nodes, "attribution", given, wanted, g.tensors)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def export(net: Network, path: Path, calibration: Calibration | None = None) -> None:
    """Writes the network in fp32, or in int8 if given what `calibrate` finds.

    The heads stay in fp32: they are small, and the scores come straight from them.
    """
    model = build(net, calibration)
    if calibration is None:
        onnx.save(unfused(model), str(path))
        return
    full = path.with_suffix(".full.onnx")
    onnx.save(model, str(full))
    quantize_dynamic(
        full,
        path,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_quantize=[
            f"layer{number}.{part}"
            for number in range(len(net.layers))
            for part in ("attention", "out", "up", "down")
        ],
        weight_type=QuantType.QInt8,
        per_channel=True,
        # without VNNI, x86 adds two 8-bit products in 16 bits: weights of more than 7 overflow them
        reduce_range=True,
        # it cannot see through fused operators
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
    full.unlink()
    quantised = onnx.load(str(path))
    _round_again(quantised, model, calibration.grams)
    onnx.save(unfused(quantised), str(path))


def _round_again(
    quantised: onnx.ModelProto, full: onnx.ModelProto, grams: dict[str, Tensor]
) -> None:
    """Replaces the 8-bit weights, which are rounded one by one, by those of `rounded`."""
    small, large = ({t.name: t for t in model.graph.initializer} for model in (quantised, full))

    def values(tensor: onnx.TensorProto) -> Tensor:
        return torch.tensor(numpy_helper.to_array(tensor))

    for name, gram in grams.items():
        weights, scales = (small[f"{name}.weight_{what}"] for what in ("quantized", "scale"))
        again = rounded(values(large[f"{name}.weight"]), values(scales), gram)
        weights.CopyFrom(numpy_helper.from_array(again.numpy(), weights.name))


def rounded(weights: Tensor, scale: Tensor, gram: Tensor, damping: float = 0.01) -> Tensor:
    """Weights in 7 bits [in, out], as multiples of the scale, that change the products least.

    Each input's weights are rounded in turn, the largest inputs first, and those not yet rounded
    make up for the error, as far as the inputs go together (GPTQ, Frantar et al., ICLR 2023).
    weights: [in, out]; scale: [out]; gram: [in, in] sums of the inputs' products. damping: share of
    the mean of the gram's diagonal that is added to it.
    """
    order = gram.diagonal().argsort(descending=True, stable=True)
    left, matrix = weights[order].double(), gram[order][:, order].double()
    matrix.diagonal().add_(damping * matrix.diagonal().mean().clamp(min=1e-12))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(matrix))
    factor = torch.linalg.cholesky(inverse, upper=True)
    result = torch.empty(left.shape, dtype=torch.int8)
    for at, place in enumerate(order.tolist()):
        whole = (left[at] / scale).round().clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT)
        result[place] = whole.to(torch.int8)
        left[at:] -= torch.outer(factor[at, at:], (left[at] - whole * scale) / factor[at, at])
    return result


def unfused(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network without the two fused operators that are slower than their parts.

    On two cores of x86-64 ONNX Runtime's skip-and-norm takes three times as long as two additions
    and a LayerNormalization, and the product in its QAttention, cut up by heads, half again as long
    as three plain ones. The runtime must not fuse them again, see `Runner`.
    """
    graph = model.graph
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    result = _Graph()
    for node in graph.node:
        if node.op_type == "SkipLayerNormalization":
            _norm_of_sum(result, node)
        elif node.op_type == "QAttention":
            _attention_of_products(result, node, arrays)
        else:
            result.nodes.append(node)
    used = {name for node in result.nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.node[:]
    del changed.graph.initializer[:]
    changed.graph.node.extend(result.nodes)
    changed.graph.initializer.extend([*kept, *result.tensors])
    return changed


def _norm_of_sum(graph: _Graph, node: onnx.NodeProto) -> None:
    x, skip, gain, shift, bias = node.input
    name = node.output[0]
    # the bias first: ONNX Runtime then adds it within the product
    biased = graph.add("Add", f"{name}.biased", [x, bias])
    total = graph.add("Add", f"{name}.sum", [biased, skip])
    (epsilon,) = (a.f for a in node.attribute if a.name == "epsilon")
    graph.add("LayerNormalization", name, [total, gain, shift], epsilon=epsilon, axis=-1)


def _attention_of_products(
    graph: _Graph, node: onnx.NodeProto, arrays: dict[str, onnx.TensorProto]
) -> None:
    x, weight, bias, x_scale, scale, _, x_zero, zero = node.input[:8]
    name = node.output[0]

    def third(tensor: str, at: int) -> str:
        columns = np.split(numpy_helper.to_array(arrays[tensor]), 3, axis=-1)[at]
        return graph.const(f"{tensor}.{'qkv'[at]}", columns)

    parts = [
        graph.add(
            "MatMulIntegerToFloat",
            f"{name}.{part}",
            [
                x,
                third(weight, at),
                x_scale,
                third(scale, at),
                x_zero,
                third(zero, at),
                third(bias, at),
            ],
            MICROSOFT,
        )
        for at, part in enumerate("qkv")
    ]
    (heads,) = (a.i for a in node.attribute if a.name == "num_heads")
    # the windows run alone: no padding, and so no mask
    graph.add("MultiHeadAttention", name, parts, MICROSOFT, num_heads=heads)
