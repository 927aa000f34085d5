"""One seed makes the same people on every processor: under several kernels of BLAS, and without the newer instructions."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

# What reaches the renderer of six people of two seeds: their records, heads, hair, brows, beards, lashes, coverings, landmarks.
PEOPLE = """
import json, sys
import numpy as np
from evenface.people.anthropometry.survey import root_of
from evenface.backends.cycles.camera import build_view
from evenface.backends.cycles.hair import build_brows, build_facial_hair, build_hair, build_lashes
from evenface.backends.cycles.head import build_head, express, load_head_model
from evenface.backends.cycles.wardrobe import build_covering
from evenface.files.codec import canonical_json, to_json
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.records import Frame
from evenface.render import _round
from evenface.shots import shots_for
from evenface.spec import Spec, override
from threadpoolctl import threadpool_info, threadpool_limits

threadpool_limits(1)
model, out = load_head_model(), {"records": [], "heads": [], "strands": [], "places": []}
for seed in (0, 31):
    spec = override(Spec(), seed=seed, tones=[2, 7, 9], images_per_identity=1)
    for slot in list(make_plan(spec).slots())[seed % 2 :: 2]:
        who, shot = person(spec.seed, spec.design, slot), shots_for(spec, slot)[1]
        out["records"].append((canonical_json(to_json(who)) + canonical_json(to_json(shot))).decode())
        head = build_head(model, who.head, who.age_years)
        hair = build_covering(model, head, who.covering, build_hair(model, head, who.hair)).hair
        parts = (hair, build_brows(model, head, who.brows), build_lashes(model, head, who.eyes))
        parts = (*parts, build_facial_hair(model, head, who.facial_hair))
        out["heads"].append(head[::7].tolist())
        out["strands"].append([[len(part), *part.points[::37, -1].ravel().tolist()] for part in parts if part])
        face = express(model, head, shot.action_units)
        middle = model.landmark_points(head)[[27, 8]].mean(axis=0).astype(float)
        places = build_view(shot, middle).project(model.landmark_points(face).astype(float))
        box = (*places.min(0), *(places.max(0) - places.min(0)))
        out["places"].append([_round(value) for value in (*places.ravel(), *box)])
out["kernels"] = sorted(each["architecture"] for each in threadpool_info() if each["user_api"] == "blas")
json.dump(out, sys.stdout)
"""
OLD = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3 AVX F16C"
"""Instructions of x86-64 that numpy has code of its own for, above SSE 4.2."""
PROCESSORS = {
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "Nehalem without AVX": {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": OLD},
}


def start(cache, **environment):
    # Warnings: a feature that this processor lacks, or that cannot be turned off, is named on stderr.
    settings = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")}
    settings |= {"EVENFACE_CACHE": str(cache), "PYTHONWARNINGS": "ignore", **environment}
    command = [sys.executable, "-c", PEOPLE]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings)


def finished(process):
    out, said = process.communicate(timeout=250)
    assert process.returncode == 0, said
    return json.loads(out)


@pytest.fixture(scope="module")
def made(model, tmp_path_factory):
    """What is made under each kernel; "own" is that which the machine picks by itself."""
    cache = tmp_path_factory.mktemp("caches")
    running = {name: start(cache / name.replace(" ", "_"), **settings) for name, settings in {"own": {}, **PROCESSORS}.items()}
    return {name: finished(process) for name, process in running.items()}


@pytest.mark.parametrize("name", PROCESSORS)
def test_people_are_the_same_under_every_kernel(made, name):
    here, there = made["own"], made[name]
    assert there["records"] == here["records"]
    assert np.abs(np.array(there["heads"]) - np.array(here["heads"])).max() <= 1e-5, "heads within 0.01 mm"
    assert there["places"] == here["places"]
    for ours, theirs in zip(here["strands"], there["strands"], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert (len(other), other[0]) == (len(one), one[0]), "as many strands"
            assert np.abs(np.array(one) - np.array(other)).max() <= 1e-5


def test_the_kernels_were_really_others(made):
    kernels = {name: tuple(each["kernels"]) for name, each in made.items()}
    if len(set(kernels.values())) == 1:
        pytest.skip(f"this BLAS has one kernel: {kernels['own']}")
    assert set(kernels["Nehalem"]) == {"Nehalem"}
    assert set(kernels["Haswell"]) == {"Haswell"}
