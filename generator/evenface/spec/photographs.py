"""Check the ``[diffusion]`` table of a spec, and fill in the defaults of its profile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evenface.records.diffusion import CHECKS, CONDITIONS, DTYPES, FAMILIES, MODELS, PROFILES, Diffusion
from evenface.spec.mistakes import Mistake, as_toml, show, unknown
from evenface.spec.tables import DEFAULT, DEFAULT_DIFFUSION, LIMITS

__all__ = ["diffusion_mistakes", "diffusion_of"]

_BACKEND = "diffusion"
_LONGEST = 300
_WORDS = {"profile": PROFILES, "dtype": DTYPES, "prompts": FAMILIES}
_NOUNS = {"profile": "profile", "dtype": "dtype", "prompts": "prompt version"}
_PAINTED = ("controlnets", "controlnet_scale", "ip_adapter", "ip_adapter_scale", "face_id", "embedder", "strength")
"""Keys of the profile controlnet only."""
_MULTIPLES = {"edit": 16, "controlnet": 8, "text": 8}
"""Picture sizes are multiples of this: pixels of the smallest patch of such a model."""


def diffusion_mistakes(table: object, valid: Mapping[str, Any], flat: Mapping[str, Any]) -> list[Mistake]:
    """Find mistakes in a ``[diffusion]`` table, and in other keys where they do not suit it.

    Args:
        table: The table in the file, or None.
        valid: Its keys of the right type.
        flat: The keys of the other tables.
    """
    backend = flat.get("backend", DEFAULT.backend)
    if table is not None and not isinstance(table, Mapping):
        return []
    if backend != _BACKEND:
        if table is None:
            return []
        what = f'is for backend = "{_BACKEND}" alone, found backend = {show(backend)}'
        return [
            Mistake(
                (_BACKEND,),
                what,
                f'write backend = "{_BACKEND}" under [shots], as an option --backend {_BACKEND}; or leave the table out',
            )
        ]
    wrong = [unknown((_BACKEND, key), valid[key], known, _NOUNS[key]) for key, known in _WORDS.items() if _is_unknown(key, valid)]
    written = {key: tuple(value) if isinstance(value, list) else value for key, value in valid.items()}
    settings = asdict(DEFAULT_DIFFUSION) | written
    found = [*wrong, *_text_mistakes(valid), *_check_mistakes(valid), *_number_mistakes(settings), *_render_mistakes(settings)]
    if _is_unknown("profile", valid):
        return found
    found += _profile_mistakes(settings, flat)
    return [*found, *_text_profile_mistakes(valid, flat)] if settings["profile"] == "text" else found


def diffusion_of(table: Mapping[str, Any]) -> Diffusion:
    """Return the settings of a table without mistakes; model and checks default to those of the profile."""
    settings: dict[str, Any] = dict(table)
    profile = settings.get("profile", DEFAULT_DIFFUSION.profile)
    settings["model"] = settings.get("model") or MODELS[profile]
    wanted = settings.get("checks", _checks_of(profile))
    settings["checks"] = tuple(check for check in CHECKS if check in wanted)
    settings["controlnets"] = tuple(settings.get("controlnets", ()))
    # 1 and 1.0 are the same setting.
    floats = {key: float(value) for key, value in settings.items() if isinstance(getattr(DEFAULT_DIFFUSION, key), float)}
    return Diffusion(**settings | floats)


def _is_unknown(key: str, valid: Mapping[str, Any]) -> bool:
    return key in valid and valid[key] not in _WORDS[key]


def _text_mistakes(valid: Mapping[str, Any]) -> Iterator[Mistake]:
    for key in ("model", "revision", "ip_adapter", "face_id", "embedder", "render", "licence"):
        value = valid.get(key, "")
        if len(value) > _LONGEST or not value.isprintable() or value != value.strip():
            what = f"must be one line of at most {_LONGEST} characters without spaces at its ends"
            yield Mistake((_BACKEND, key), what, "write it without line breaks, tabs and invisible characters")


def _check_mistakes(valid: Mapping[str, Any]) -> Iterator[Mistake]:
    written = valid.get("checks", [])
    for at, check in enumerate(written):
        if check not in CHECKS:
            yield unknown((_BACKEND, "checks", at), check, CHECKS, "check")
        elif check in written[:at]:
            yield Mistake((_BACKEND, "checks", at), f"{show(check)} is listed twice", "name it once")


def _number_mistakes(settings: Mapping[str, Any]) -> Iterator[Mistake]:
    if -1 < settings["guidance"] < 0:
        what = f"must be 0 or more, found {settings['guidance']}"
        yield Mistake((_BACKEND, "guidance"), what, "write guidance = 0 or more, or leave it out for the profile's own")
    tolerance, correction = settings["tone_tolerance_delta_e"], settings["tone_correction_delta_e"]
    if correction < tolerance:
        what = f"must not be under tone_tolerance_delta_e, which is {tolerance}; found {correction}"
        yield Mistake((_BACKEND, "tone_correction_delta_e"), what, f"write tone_correction_delta_e = {tolerance} or more")


def _render_mistakes(settings: Mapping[str, Any]) -> Iterator[Mistake]:
    if settings["render"] == _BACKEND:
        hint = 'write render = "cycles" or "swatch", or your own backend as module:Class'
        yield Mistake((_BACKEND, "render"), "the render behind a photograph cannot be a photograph itself", hint)


def _profile_mistakes(settings: Mapping[str, Any], flat: Mapping[str, Any]) -> Iterator[Mistake]:
    profile = settings["profile"]
    if not settings["model"] and profile not in MODELS:
        hint = 'write model = "stabilityai/stable-diffusion-xl-base-1.0" or a folder; as an option: --model ID-OR-FOLDER'
        yield Mistake((_BACKEND, "model"), f"the profile {profile} has no default model", hint)
    for key in _PAINTED if profile != "controlnet" else ():
        if settings[key] != getattr(DEFAULT_DIFFUSION, key):
            hint = 'leave it out, or write profile = "controlnet"'
            yield Mistake((_BACKEND, key), f"the profile {profile} has no {key}", hint)
    yield from _size_mistakes(profile, flat.get("size_px"))
    if profile == "controlnet":
        yield from _condition_mistakes(settings["controlnets"])
        yield from _face_id_mistakes(settings)


def _size_mistakes(profile: str, size_px: int | None) -> Iterator[Mistake]:
    step = _MULTIPLES[profile]
    if size_px is not None and size_px % step:
        below = max(size_px // step, -(-LIMITS["size_px"][0] // step)) * step
        what = f"must be divisible by {step} for the profile {profile}, found {size_px}"
        yield Mistake(("shots", "size_px"), what, f"write size_px = {below} or {below + step}")


def _condition_mistakes(written: Sequence[Any]) -> Iterator[Mistake]:
    kinds: list[str] = []
    for at, entry in enumerate(written):
        kind, _, model = entry.partition("=") if isinstance(entry, str) else ("", "", "")
        if kind not in CONDITIONS or not model.strip() or len(entry) > _LONGEST or not entry.isprintable():
            what = f"must be a kind and its model, found {show(entry)}"
            hint = f'write it as "depth=FOLDER-OR-ID"; kinds: {", ".join(CONDITIONS)}'
            yield Mistake((_BACKEND, "controlnets", at), what, hint)
        elif kind in kinds:
            yield Mistake((_BACKEND, "controlnets", at), f'there are two models for "{kind}"', "name each kind once")
        kinds.append(kind)


def _face_id_mistakes(settings: Mapping[str, Any]) -> Iterator[Mistake]:
    embedder = settings["embedder"]
    hint = 'write embedder = "insightface", or your own as module:Class'
    if settings["face_id"] and not embedder:
        yield Mistake((_BACKEND, "embedder"), "face_id needs an embedder for the face of the anchor", hint)
    elif embedder and not settings["face_id"]:
        yield Mistake((_BACKEND, "embedder"), "is used only with face_id", "leave it out, or name the model with face_id")
    elif embedder not in ("", "insightface") and not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", embedder):
        yield Mistake((_BACKEND, "embedder"), f"there is no embedder {as_toml(embedder)}", hint)


def _text_profile_mistakes(valid: Mapping[str, Any], flat: Mapping[str, Any]) -> Iterator[Mistake]:
    if "identity" in valid.get("checks", ()):
        what = "the profile text has no picture of the person to compare with"
        yield Mistake((_BACKEND, "checks"), what, 'write checks = ["face", "tone"]')
    if flat.get("select", DEFAULT.select) != "none":
        what = f"people are chosen by their renders, and the profile text has none; found {show(flat['select'])}"
        yield Mistake(("people", "select"), what, 'write select = "none"')


def _checks_of(profile: str) -> tuple[str, ...]:
    return tuple(check for check in CHECKS if check != "identity") if profile == "text" else CHECKS
