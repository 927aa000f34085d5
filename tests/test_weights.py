"""Weights before they are loaded: found without asking anybody, refused where they could do more than hold numbers, named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import tiny_models
import torch
from filelock import FileLock

from evenface.backends.diffusion import devices, tokens
from evenface.backends.diffusion.weights import files, prepare
from evenface.backends.diffusion.weights.place import _table, how_to_fetch
from evenface.errors import EvenfaceError, UsageFault
from evenface.records.diffusion import Diffusion, Machine


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a model with a ControlNet and adapters beside it; to be read, never changed."""
    root = tmp_path_factory.mktemp("weights")
    sd = tiny_models.stable_diffusion(root / "sd")
    tiny_models.controlnet(root / "net", sd)
    tiny_models.ip_adapter(root / "adapter", sd)
    tiny_models.face_id(root / "face_id", sd)
    return root


@pytest.fixture(autouse=True)
def _own_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENFACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def own(whole, tmp_path):
    """A copy of the models that a test may change."""
    return Path(shutil.copytree(whole, tmp_path / "own"))


def settings(root, **more):
    return replace(Diffusion(profile="controlnet", model=str(root / "sd")), **more)


def fault(given):
    with pytest.raises(UsageFault) as found:
        prepare(given)
    return found.value.what, found.value.hint


def edit(path, **changes):
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, **changes}))


def in_the_hub(folder, tmp_path, model):
    """Lay a model as the cache of the Hub does: blobs by digest, a snapshot of links to them."""
    place = tmp_path / "hub" / f"models--{model.replace('/', '--')}"
    commit = "0123456789abcdef0123456789abcdef01234567"
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        blob = place / "blobs" / sha256(path.read_bytes()).hexdigest()
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, blob)
        link = place / "snapshots" / commit / path.relative_to(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(commit)
    return commit


def test_every_file_that_is_read_is_named_with_its_digest(whole):
    (part,) = prepare(settings(whole))
    assert (part.role, part.model, part.revision, part.licence, part.research_only) == ("pipeline", "sd", "", "not stated", False)
    names = [file.name for file in part.files]
    there = {path.relative_to(whole / "sd").as_posix() for path in (whole / "sd").rglob("*") if path.is_file()}
    assert set(names) == there
    for file in part.files:
        data = (whole / "sd" / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), sha256(data).hexdigest())


def test_everything_that_takes_part_is_in_the_ledger(whole):
    net = whole / "net"
    given = settings(
        whole,
        controlnets=(f"depth={net}", f"normal={net}"),
        ip_adapter=str(whole / "adapter"),
        face_id=str(whole / "face_id"),
        embedder="mine:Faces",
        licence="mine",
    )
    parts = prepare(given)
    assert [part.role for part in parts] == [
        *("pipeline", "controlnet_depth", "controlnet_normal", "ip_adapter", "face_id", "embedder")
    ]
    assert [part.research_only for part in parts] == [False] * 4 + [True] * 2
    assert [part.licence for part in parts] == ["mine"] * 5 + ["not stated"]
    assert [file.name for file in parts[3].files] == [
        *("ip-adapter.safetensors", "image_encoder/config.json", "image_encoder/model.safetensors")
    ]


def test_what_is_not_read_is_not_named(own):
    for name in ("unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.non_ema.safetensors", "sd.safetensors"):
        (own / "sd" / name).write_bytes(b"never opened")
    shutil.copy(own / "sd/unet/diffusion_pytorch_model.safetensors", own / "sd/unet/diffusion_pytorch_model.fp16.safetensors")
    (part,) = prepare(settings(own))
    assert [file.name for file in part.files if file.name.startswith(("unet", "sd"))] == [
        *("unet/config.json", "unet/diffusion_pytorch_model.safetensors")
    ]


def test_half_precision_alone_is_read(own):
    from evenface.backends import PhotoSetup
    from evenface.backends.diffusion.pipelines import open_sampler

    for name in ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"):
        (own / "sd" / f"{name}.safetensors").rename(own / "sd" / f"{name}.fp16.safetensors")
    sampler = open_sampler(PhotoSetup(settings(own, dtype="float32"), 1, "monk"))
    assert "unet/diffusion_pytorch_model.fp16.safetensors" in [file.name for file in sampler.recipe.weights[0].files]


@pytest.mark.parametrize(
    ("card", "licence", "research_only"),
    [
        ("---\nlicense: apache-2.0\ntags: [a]\n---\n# Title", "apache-2.0", False),
        ("---\nlicense: openrail++\n---\n", "openrail++", False),
        ("---\nlicense: cc-by-nc-4.0\n---\n", "cc-by-nc-4.0", True),
        (
            "---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\n---\n",
            "flux-1-dev-non-commercial-license",
            True,
        ),
        ("---\nlicense: other\n---\n", "other", False),
        ("---\nlicense: encyclopedia-1.0\n---\n", "encyclopedia-1.0", False),
        ("# No front matter\nlicense: mit", "as I was told", False),
        ("---\nlicense: [a, b]\n---\n", "as I was told", False),
        ("---\nlicense: '<script>'\n---\n", "as I was told", False),
        ("---\nlicense: !!python/object:os.system x\n---\n", "as I was told", False),
        (b"---\nlicense: \xff\n---\n", "as I was told", False),
    ],
)
def test_a_licence_is_what_the_card_states(own, card, licence, research_only):
    (own / "sd" / "README.md").write_bytes(card if isinstance(card, bytes) else card.encode())
    (part,) = prepare(settings(own, licence="as I was told"))
    assert (part.licence, part.research_only) == (licence, research_only)


def test_a_model_of_the_hub_is_found_in_its_cache_and_its_digests_are_free(whole, tmp_path, monkeypatch):
    commit = in_the_hub(whole / "sd", tmp_path, "someone/tiny")
    monkeypatch.setattr(files, "sha256_of", lambda path: pytest.fail(f"{path} was read"))
    (part,) = prepare(Diffusion(profile="text", model="someone/tiny"))
    assert (part.model, part.revision) == ("someone/tiny", commit)
    weights = {file.name: file.sha256 for file in part.files}["unet/diffusion_pytorch_model.safetensors"]
    assert weights == sha256((whole / "sd/unet/diffusion_pytorch_model.safetensors").read_bytes()).hexdigest()


def test_a_file_of_an_adapter_in_the_hub_is_named_after_its_id(whole, tmp_path):
    in_the_hub(whole / "adapter", tmp_path, "someone/adapters")
    parts = prepare(settings(whole, ip_adapter="someone/adapters/ip-adapter.safetensors"))
    assert parts[1].files[0].name == "ip-adapter.safetensors"
    what, hint = fault(settings(whole, ip_adapter="someone/adapters/other.safetensors"))
    assert what == "the model someone/adapters cannot be used: there is no file other.safetensors in it"
    assert hint.startswith("type: hf download someone/adapters --revision 0123456789abcdef0123456789abcdef01234567 (")


def test_a_folder_cannot_name_its_own_digests(own):
    weights = own / "sd/unet/diffusion_pytorch_model.safetensors"
    false = weights.rename(own / ("0" * 64))
    weights.symlink_to(false)
    (part,) = prepare(settings(own))
    found = {file.name: file.sha256 for file in part.files}["unet/diffusion_pytorch_model.safetensors"]
    assert found == sha256(false.read_bytes()).hexdigest()


def test_digests_are_computed_once_until_a_file_changes(own, monkeypatch):
    read = []
    true = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda path: read.append(path.name) or true(path))
    first = prepare(settings(own))
    assert len(read) == len(first[0].files)
    read.clear()
    assert prepare(settings(own)) == first
    assert read == []
    edit(own / "sd/unet/config.json", sample_size=32)
    assert prepare(settings(own)) != first
    assert read == ["config.json"]


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"a": 1}', b"\xff", b"[" * 100_000])
def test_a_broken_cache_of_digests_is_made_again(own, tmp_path, kept):
    first = prepare(settings(own))
    (file,) = (tmp_path / "cache" / "weights").iterdir()
    file.write_bytes(kept)
    assert prepare(settings(own)) == first


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        (
            {"model": "black-forest-labs/FLUX.2-klein-4B"},
            "the model black-forest-labs/FLUX.2-klein-4B is not on this machine: there is no such folder, and the cache "
            "of the Hub does not have it",
            'type: hf download black-forest-labs/FLUX.2-klein-4B --exclude "flux-2-klein*.safetensors" (about 16 GB; licence '
            "apache-2.0; see its card)",
        ),
        (
            {"model": "someone/unknown", "revision": "abc"},
            "the model someone/unknown at revision abc is not on this machine: there is no such folder, and the cache "
            "of the Hub does not have it",
            "type: hf download someone/unknown --revision abc (size unknown; licence unknown; see its card)",
        ),
        (
            {"model": "./nowhere"},
            "there is no model at ./nowhere",
            "name a folder that is there, or a model of the Hub as owner/name",
        ),
        ({"model": "a/../b"}, "there is no model at a/../b", "name a folder that is there, or a model of the Hub as owner/name"),
        ({"model": ""}, "no model is named", "name a folder, or a model of the Hub, with --model"),
        (
            {"controlnets": ("edges=x/y",)},
            "there is no ControlNet 'edges=x/y'",
            "write it as kind=model, with a kind of: depth, normal, landmarks",
        ),
    ],
)
def test_a_model_that_is_not_there_is_told_with_what_to_type(whole, given, what, hint):
    assert fault(settings(whole, **given)) == (what, hint)


def test_nothing_is_fetched(monkeypatch):
    import socket

    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: pytest.fail("the network was asked"))
    with pytest.raises(UsageFault):
        prepare(Diffusion(model="someone/unknown"))


def spoil_pickle(root):
    (root / "sd/unet/diffusion_pytorch_model.safetensors").rename(root / "sd/unet/diffusion_pytorch_model.bin")


def spoil_custom_pipeline(root):
    edit(root / "sd/model_index.json", _class_name=["pipeline", "Mine"])


def spoil_custom_part(root):
    edit(root / "sd/model_index.json", unet=["mine", "Net"])


def spoil_part_name(root):
    edit(root / "sd/model_index.json", **{"../unet": ["diffusers", "UNet2DConditionModel"]})


def spoil_code(root):
    edit(root / "sd/text_encoder/config.json", auto_map={"AutoModel": "mine.Model"})


def spoil_index(root):
    (root / "sd/model_index.json").unlink()


def spoil_part(root):
    shutil.rmtree(root / "sd/vae")


def spoil_weights(root):
    (root / "sd/vae/diffusion_pytorch_model.safetensors").unlink()


def spoil_shard(root):
    told = {"weight_map": {"a": "diffusion_pytorch_model.safetensors", "b": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    (root / "sd/unet/diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(told))


def spoil_json(root):
    (root / "sd/unet/config.json").write_text("{")


def spoil_deep_json(root):
    (root / "sd/unet/config.json").write_text("[" * 200_000)


def spoil_large_config(root):
    (root / "sd/unet/config.json").write_text(" " * 5_000_000)


SAFE = "only safetensors are read: where you trust"
OURS = "only classes of diffusers and transformers are run"
FOLDER = "choose another folder, or put in it what is missing"


@pytest.mark.parametrize(
    ("spoil", "what", "hint"),
    [
        (spoil_pickle, "unet/diffusion_pytorch_model.bin is a pickle, which can run any code when it is read", SAFE),
        (spoil_custom_pipeline, "model_index.json does not name one class of diffusers", "only classes of diffusers are run"),
        (spoil_custom_part, "its part unet is a Net of mine", OURS),
        (spoil_part_name, "model_index.json describes the part '../unet' in an unknown way", FOLDER),
        (spoil_code, "text_encoder/config.json asks for code of its own (auto_map)", OURS),
        (spoil_index, "there is no model_index.json in it", "name the folder of a whole pipeline of diffusers"),
        (spoil_part, "its vae is missing", FOLDER),
        (spoil_weights, "vae has no weights (*.safetensors)", FOLDER),
        (spoil_shard, "unet/diffusion_pytorch_model-00002-of-00002.safetensors is missing", FOLDER),
        (spoil_json, "unet/config.json is not JSON", FOLDER),
        (spoil_deep_json, "unet/config.json is not JSON", FOLDER),
        (spoil_large_config, "unet/config.json has 5000000 bytes, too many for a config", FOLDER),
    ],
)
def test_a_folder_that_could_do_harm_or_is_not_whole_is_refused(own, spoil, what, hint):
    spoil(own)
    found = fault(settings(own))
    assert found[0] == f"the model sd cannot be used: {what}"
    assert found[1].startswith(hint)


def test_adapters_and_nets_are_looked_at_too(own):
    assert fault(settings(own, controlnets=(f"depth={own / 'sd/unet'}",))) == (
        "the model unet cannot be used: it is a UNet2DConditionModel, not a ControlNetModel",
        "choose a ControlNet for one kind of condition",
    )
    edit(own / "net/config.json", cross_attention_dim=2048)
    assert fault(settings(own, controlnets=(f"depth={own / 'net'}",))) == (
        "the model net cannot be used: it was made for another kind of model than sd",
        "choose a ControlNet for Stable Diffusion 1.5 or for XL, as the model is",
    )
    (own / "adapter/ip-adapter.safetensors").rename(own / "adapter/ip-adapter.bin")
    what, hint = fault(settings(own, ip_adapter=str(own / "adapter")))
    assert what == "the model adapter cannot be used: ip-adapter.bin is a pickle, which can run any code when it is read"
    assert hint.startswith(SAFE)
    (own / "adapter/ip-adapter.safetensors").write_bytes(b"no header")
    what, _ = fault(settings(own, ip_adapter=str(own / "adapter")))
    assert what.startswith("the model adapter cannot be used: ip-adapter.safetensors is not a safetensors file: ")
    shutil.copy(own / "face_id/ip-adapter-faceid.safetensors", own / "adapter/second.safetensors")
    what, hint = fault(settings(own, ip_adapter=str(own / "adapter")))
    assert what == "the model adapter cannot be used: it has 2 adapters, and one has to be chosen"
    assert hint == "name the file: adapter/ip-adapter.safetensors"


def test_an_adapter_without_its_encoder_is_refused(own):
    edit(own / "adapter/image_encoder/config.json", projection_dim=64)
    assert fault(settings(own, ip_adapter=str(own / "adapter"))) == (
        "the model adapter cannot be used: ip-adapter.safetensors reads 32 numbers of an image encoder, and no image_encoder "
        "beside it gives as many",
        "put the encoder it was trained with into the folder image_encoder beside ip-adapter.safetensors",
    )


def test_prompts_are_counted_in_the_models_own_tokens(whole):
    given = settings(whole)
    tokens.check(given, ["a" * (tiny_models.TOKENS - 2)])
    tokens.check(given, [])
    with pytest.raises(UsageFault) as found:
        tokens.check(given, ["short", "a" * (tiny_models.TOKENS - 1)])
    assert found.value.what == f"a prompt has 513 tokens, and sd reads 512: {'a' * 511!r}"


def test_prompts_of_klein_leave_room_for_what_is_put_around_them(tmp_path):
    given = Diffusion(model=str(tiny_models.klein(tmp_path / "klein")))
    tokens.check(given, ["x" * 496])
    with pytest.raises(UsageFault, match="a prompt has 497 tokens, and klein reads 496"):
        tokens.check(given, ["x" * 497])


def test_known_models_say_where_their_figures_are_from():
    table = _table()
    assert len(table) == 16
    for model, known in table.items():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", model)
        assert known.source
        assert known.gb >= 0
        assert how_to_fetch(model, "").startswith(f"type: hf download {model}")


@pytest.fixture
def held(monkeypatch):
    """The locks of this process, given up at the end."""
    locks = {}
    monkeypatch.setattr(devices, "_held", locks)
    yield locks
    for lock in locks.values():
        lock.release()


def claimed_elsewhere():
    asked = "from evenface.backends.diffusion import devices; print(devices._claim('mps'))"
    return subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_card_is_claimed_by_one_worker(held):
    # There is no card here: it is the lock that is looked at.
    assert devices._claim("mps")
    assert devices._claim("mps"), "this process has it"
    assert not claimed_elsewhere()
    held["mps"].release()
    assert claimed_elsewhere(), "a lock ends with its process"


def test_more_workers_than_cards_are_told_so(held, tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(devices, "_devices", lambda wanted: ["mps"])
    folder = tmp_path / "cache" / "devices"
    folder.mkdir(parents=True)
    with FileLock(folder / "mps.lock"), pytest.raises(EvenfaceError) as found:
        devices.claim_device(Machine())
    assert found.value.what == "every device is at work for another process: mps"
    assert found.value.hint == "use no more workers than there are devices: --workers 1; or wait for the other run"
    assert devices.claim_device(Machine()) == torch.device("mps")
