"""Photographs on the command line: which options go together, and what is told where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from evenface.backends.diffusion import quiet
from evenface.cli import main
from evenface.cli.doctor import photographs
from evenface.people.plan import read_plan
from evenface.records.diffusion import Diffusion

RENDERED = 'seed = 7\n[cells]\ntones = [1]\n[shots]\nsize_px = 32\nbackend = "swatch"\n'
MADE = 'seed = 7\n[cells]\ntones = [1]\n[shots]\nsize_px = 32\nbackend = "diffusion"\n[diffusion]\nrender = "swatch"\n'
GENERATE = ("generate", "rendered.toml", "--out", "faces", "--quiet")
NO_MODEL = 'write model = "stabilityai/stable-diffusion-xl-base-1.0" or a folder; as an option: --model ID-OR-FOLDER'
OTHER_BACKEND = 'write backend = "diffusion" under [shots], as an option --backend diffusion; or leave the table out'
BAD = {
    "profile of a render": (
        (*GENERATE, "--profile", "edit"),
        'the options: diffusion: is for backend = "diffusion" alone, found backend = "swatch"',
        OTHER_BACKEND,
    ),
    "controlnet of a render": (
        (*GENERATE, "--controlnet", "depth=x"),
        'the options: diffusion: is for backend = "diffusion" alone, found backend = "swatch"',
        OTHER_BACKEND,
    ),
    "no model": (
        (*GENERATE, "--backend", "diffusion", "--profile", "text"),
        "the options: [diffusion] model: the profile text has no default model",
        NO_MODEL,
    ),
    "controlnet of an edit": (
        (*GENERATE, "--backend", "diffusion", "--controlnet", "depth=x"),
        "the options: [diffusion] controlnets: the profile edit has no controlnets",
        'leave it out, or write profile = "controlnet"',
    ),
    "adapter of words": (
        (*GENERATE, "--backend", "diffusion", "--profile", "text", "--model", "sd", "--ip-adapter", "x"),
        "the options: [diffusion] ip_adapter: the profile text has no ip_adapter",
        'leave it out, or write profile = "controlnet"',
    ),
    "kind without a model": (
        (*GENERATE, "--backend", "diffusion", "--profile", "controlnet", "--model", "sd", "--controlnet", "x/depth"),
        'the options: [diffusion] controlnets[0]: must be a kind and its model, found "x/depth"',
        'write it as "depth=FOLDER-OR-ID"; kinds: depth, normal, landmarks',
    ),
    "size of an edit": (
        (*GENERATE, "--backend", "diffusion", "--size", "72"),
        "the options: [shots] size_px: must be divisible by 16 for the profile edit, found 72",
        "write size_px = 64 or 80",
    ),
    "people chosen by words": (
        (*GENERATE, "--backend", "diffusion", "--profile", "text", "--model", "sd", "--select", "sface"),
        'the options: [people] select: people are chosen by their renders, and the profile text has none; found "sface"',
        'write select = "none"',
    ),
    "card for renders": (
        (*GENERATE, "--device", "cuda"),
        "--device, --offload and --compile apply to photographs; the backend of this plan is swatch",
        "omit them, or plan with --backend diffusion",
    ),
    "no such device": (
        ("generate", "made.toml", "--out", "faces", "--device", "gpu"),
        "there is no device 'gpu'",
        "give --device auto, cpu, cuda, cuda:0 or mps",
    ),
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder that holds a spec of renders and one of photographs; nothing is in the cache of the Hub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path.parent / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path.parent / "hub"))
    Path("rendered.toml").write_text(RENDERED)
    Path("made.toml").write_text(MADE)
    return lambda *args: CliRunner().invoke(main, list(map(str, args)), prog_name="evenface", catch_exceptions=False)


def left_behind():
    return sorted(path.name for path in Path().rglob("*"))


@pytest.mark.parametrize("case", BAD)
def test_options_that_do_not_go_together_are_told_in_two_lines(run, case):
    args, what, hint = BAD[case]
    done = run(*args)
    assert done.stderr == f"Error: {what}\nTry: {hint}\n"
    assert (done.exit_code, done.stdout) == (2, "")
    assert left_behind() == ["made.toml", "rendered.toml"]


def test_an_unknown_profile_is_wrong_use(run):
    done = run(*GENERATE, "--profile", "edits")
    assert done.exit_code == 2
    assert "'edits' is not one of 'edit', 'controlnet', 'text'" in done.stderr


def test_a_model_that_is_not_there_is_told_before_anything_is_made(run):
    for args in (("generate", "made.toml", "--out", "faces"), ("generate", "made.toml", "--out", "faces", "--model", "no/such")):
        done = run(*args)
        assert done.exit_code == 2
        said, tried = done.stderr.splitlines()
        assert said.startswith("Error: the model ")
        assert "is not on this machine" in said
        assert tried.startswith("Try: type: hf download ")
        assert left_behind() == ["made.toml", "rendered.toml"]


def test_the_options_are_those_of_the_plan(run):
    options = ("--backend", "diffusion", "--profile", "controlnet", "--model", "sd", "--ip-adapter", "ip")
    done = run("plan", "rendered.toml", "--out", "plan.json", *options, "--controlnet", "depth=a", "--controlnet", "normal=b")
    assert done.exit_code == 0, done.stderr
    assert read_plan("plan.json").spec.diffusion == Diffusion(
        profile="controlnet", model="sd", controlnets=("depth=a", "normal=b"), ip_adapter="ip"
    )
    run("plan", "made.toml", "--out", "again.json", "--controlnet", "depth=a", *options[2:])
    assert read_plan("again.json").spec.diffusion.render == "swatch"


def test_the_folder_of_a_model_may_be_told_beside_the_spec(run):
    made = MADE.replace("[diffusion]", '[diffusion]\nprofile = "text"').replace('render = "swatch"\n', "")
    Path("spec.toml").write_text(made)
    assert run("plan", "spec.toml", "--out", "plan.json").exit_code == 2
    assert run("plan", "spec.toml", "--out", "plan.json", "--model", "here").exit_code == 0
    assert read_plan("plan.json").spec.diffusion == Diffusion(profile="text", model="here", checks=("face", "tone"))


def test_a_plan_says_what_was_not_measured(run):
    done = run("plan", "made.toml", "--out", "plan.json")
    assert "8 pictures, about 0 s and " in done.stderr
    assert " for the renders; photographs: not measured on this machine; plan " in done.stderr
    assert "not measured" not in run("plan", "rendered.toml", "--out", "plan.json").stderr


@pytest.mark.parametrize("missing", ["torch", "safetensors"])
def test_without_the_libraries_a_photograph_says_what_to_install(run, monkeypatch, missing):
    monkeypatch.setattr(quiet, "find_spec", lambda name: None if name == missing else quiet)
    done = run("generate", "made.toml", "--model", "here", "--out", "faces", "--quiet")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-2:] == [
        f"Error: trained models need the package {missing}, which is not installed",
        "Try: type: pip install 'evenface[diffusion]'",
    ]


def test_doctor_names_what_photographs_lack(monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('No module named torch')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    check = photographs()
    assert (check.good, check.found) == (False, "torch does not start: No module named torch")
    assert check.hint == "python -m pip install 'evenface[diffusion]'"
