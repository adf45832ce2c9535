#!/usr/bin/python3
"""Writes the checkpoints of this folder and expected.json, what is in them. Debian's python3-torch (1.13) and python3-numpy:

    /usr/bin/python3 make_checkpoints.py

Each file is written in both of torch.save's layouts: NAME.pt (zip) and NAME.legacy.pt (stream).
"""

import argparse
import collections
import json
import os
import pickle

import numpy
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def ramp(*shape, dtype=torch.float32, start=0):
    count = 1
    for size in shape:
        count *= size
    return (torch.arange(start, start + count) % 100).reshape(shape).to(dtype)


def dtypes():
    kinds = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]
    tensors = {kind: ramp(2, 3, dtype=getattr(torch, kind), start=1) for kind in kinds}
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.empty(0, 4)
    return tensors


def views():
    base = ramp(4, 6)
    return {
        "base": base,
        "transposed": base.t(),
        "row": base[2],
        "column": base[:, 1],
        "step": base[::2, 1::2],
        "expanded": torch.tensor([7.0]).expand(3, 2),
        "tied": base,
    }


def training(model, optimizer):
    # One step, so that the optimizer has a state.
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 12,
        "best": 0.5,
        "large": 2**80,
        "none": None,
        "done": True,
        "name": "run \u00fc",
        "blob": b"\x00\xff\x80",
        "arguments": argparse.Namespace(lr=0.1, layers=[1, 2]),
        "numpy_scalar": numpy.float64(1.5),
        "size": torch.Size([2, 3]),
        "device": torch.device("cuda:1"),
        "dtype": torch.float16,
        "layout": torch.strided,
        "milestones": collections.Counter([3, 3, 5]),
        "tags": {"a"},
        "state_dict": collections.OrderedDict(("module." + k, v) for k, v in model.state_dict().items()),
        "optimizer": optimizer.state_dict(),
    }


def make_model():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    model[0].weight.data = ramp(2, 3)
    return model


def described(value, prefix="", into=None):
    """Every tensor that the reader must find, by the names that it gives."""
    into = {} if into is None else into
    if isinstance(value, torch.Tensor):
        into[prefix] = {
            "dtype": str(value.dtype).replace("torch.", ""),
            "shape": list(value.shape),
            "strides": list(value.stride()),
            "values": value.detach().to(torch.float64).flatten().tolist(),
        }
    elif isinstance(value, dict):
        for key, inner in value.items():
            described(inner, f"{prefix}.{key}" if prefix else str(key), into)
    elif isinstance(value, (list, tuple)):
        for key, inner in enumerate(value):
            described(inner, f"{prefix}.{key}" if prefix else str(key), into)
    return into


def main():
    expected = {}

    def save(name, value, **options):
        path = os.path.join(HERE, name)
        torch.save(value, path, **options)
        expected[name] = described(value)

    def save_both(name, value, **options):
        save(f"{name}.pt", value, **options)
        save(f"{name}.legacy.pt", value, _use_new_zipfile_serialization=False, **options)

    model = make_model()
    optimizer = torch.optim.Adam(model.parameters())
    save_both("dtypes", dtypes())
    save_both("views", views())
    save_both("training", training(model, optimizer))
    save_both("protocol4", training(model, optimizer), pickle_protocol=4)
    save_both("parameter", {"weight": torch.nn.Parameter(ramp(2, 2))})
    save_both("nested", {"epoch": torch.tensor(3), "model": {"state_dict": {"module.fc.weight": ramp(2, 2)}}})
    save("module.pt", model)  # the stream would also hold the source text of torch's classes
    save_both("list", [ramp(2), {"x": ramp(3)}])
    # The reader finds a module's tensors by find_state_dict, not by flattening.
    expected["module.pt"] = {}
    with open(os.path.join(HERE, "plain.pkl"), "wb") as file:
        pickle.dump({"blobs": [1, 2]}, file, protocol=2)
    with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
