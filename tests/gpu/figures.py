"""What is timed of a sampler, as one line of JSON: seconds to load and per picture, memory, and whether the bytes hold."""

from __future__ import annotations

import gc
import platform
import time
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from evenface.backends import PhotoSetup
from evenface.backends.diffusion.pipelines import open_sampler
from evenface.backends.diffusion.sampler import Ask
from evenface.backends.guide import Guide
from evenface.records import Frame

GIB = 2**30


def measure(settings, machine, size_px, batches=3):
    """Return the figures of a sampler, opened for this and closed again."""
    cuda = machine.device.startswith("cuda")
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    sampler, load = timed(open_sampler, PhotoSetup(settings, 1, "monk", machine))
    asks = [ask(number, size_px, shown=settings.profile != "text") for number in range(sampler.recipe.batch)]
    first, warm_up = timed(sampler.draw, asks)
    drawing, again = 0.0, first
    for _ in range(batches):
        again, seconds = timed(sampler.draw, asks)
        drawing += seconds
    alone = sampler.draw(asks[-1:])
    told = {
        "pipeline": sampler.recipe.pipeline,
        "profile": settings.profile,
        "device": sampler.recipe.device,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "dtype": settings.dtype,
        "parameters": parameters(sampler._painter.pipe),
        "size_px": size_px,
        "steps": sampler.recipe.steps,
        "batch": sampler.recipe.batch,
        "offload": machine.offload,
        "compiled": machine.compiled,
        "load_s": round(load, 2),
        "first_batch_s": round(warm_up, 2),
        "s_per_picture": round(drawing / batches / sampler.recipe.batch, 4),
        "peak_memory_gib": round(torch.cuda.max_memory_allocated() / GIB, 2) if cuda else None,
        "same_again": same(first, again),
        "same_without_neighbours": same(first[-1:], alone),
    }
    del sampler
    gc.collect()
    return told


def timed(work, *given):
    before = time.perf_counter()
    done = work(*given)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return done, time.perf_counter() - before


def same(some, others):
    return all(one.pixels.tobytes() == other.pixels.tobytes() for one, other in zip(some, others, strict=True))


def parameters(pipe):
    return {
        name: sum(p.numel() for p in part.parameters()) for name, part in pipe.components.items() if hasattr(part, "parameters")
    }


def ask(number, size_px, *, shown):
    rng = np.random.default_rng(number)
    pixels = np.asarray(Image.fromarray(rng.integers(40, 220, (8, 8, 3)).astype(np.uint8)).resize((size_px, size_px)))
    return Ask("p" * 60, number, size_px, guide(pixels) if shown else None, pixels if shown else None)


def guide(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    points = tuple((float(x), float(x)) for x in range(68))
    depth, normals = np.full(pixels.shape[:2], 0.6, np.float32), np.zeros(pixels.shape, np.float32)
    return Guide(Frame(file.getvalue(), b"", points, points[:5], (0.0, 0.0, 1.0, 1.0)), depth, normals)
