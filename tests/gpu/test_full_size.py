"""Full-size models with random weights on a CUDA card: figures as JSON lines. Run by ``make gpu-test``; not collected otherwise.

It writes 23 GB into the folder for temporary files (``TMPDIR``), and asks for a card of 24 GB or more.
"""

from __future__ import annotations

import json
from dataclasses import replace

import full_models
import pytest
import torch
from figures import measure

from evenface.records.diffusion import Diffusion, Machine

if not torch.cuda.is_available():
    pytest.skip("there is no CUDA card that torch can use", allow_module_level=True)

pytestmark = pytest.mark.timeout(3600)
CARD = "cuda:0"
PROFILES = {
    "klein": Diffusion(profile="edit", dtype="bfloat16", checks=()),
    "xl": Diffusion(profile="controlnet", dtype="float16", checks=()),
}


@pytest.fixture(scope="module", params=PROFILES)
def settings(request, tmp_path_factory):
    """The settings of one model, which is written once and removed by pytest."""
    write = {"klein": full_models.klein, "xl": full_models.stable_diffusion_xl}[request.param]
    folder = write(tmp_path_factory.mktemp("full") / request.param, CARD)
    torch.cuda.empty_cache()
    return replace(PROFILES[request.param], model=str(folder))


def told(figures, capsys):
    with capsys.disabled():
        print(f"\n{json.dumps(figures)}", flush=True)  # noqa: T201 - what this file is for


@pytest.mark.parametrize("size_px", [512, 1024])
@pytest.mark.parametrize("batch", [1, 4, 8])
def test_pictures_are_timed_and_their_bytes_hold(settings, size_px, batch, capsys):
    figures = measure(replace(settings, batch=batch), Machine(device=CARD), size_px)
    told(figures, capsys)
    assert figures["same_again"]
    assert figures["same_without_neighbours"]


@pytest.mark.parametrize("machine", [Machine(CARD, offload=True), Machine(CARD, compiled=True)], ids=["offload", "compiled"])
def test_offload_and_compilation_are_timed(settings, machine, capsys):
    figures = measure(settings, machine, 512)
    told(figures, capsys)
    assert figures["same_again"]
