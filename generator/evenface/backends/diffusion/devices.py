"""Claim the device that a worker draws on, and set it up so that pictures are the same from run to run."""

from __future__ import annotations

import os
import time

import torch
from filelock import BaseFileLock, FileLock, Timeout

from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import cache_folder, explain_os_errors, make_folder
from evenface.records.diffusion import Diffusion, Machine

__all__ = ["claim_device", "device_name", "dtype_of", "make_repeatable"]

WAIT_SECONDS = 60.0
"""For a card that a worker before this one is about to leave."""
_PAUSE_SECONDS = 0.5
_held: dict[str, BaseFileLock] = {}
"""Locks of this process, by device: they end with it, however it ends."""


def claim_device(machine: Machine) -> torch.device:
    """Return the device to draw on; a card is claimed for this process alone, since two models rarely fit in its memory.

    The processor is shared: it has as many workers as are asked for.

    Raises:
        UsageFault: There is no such device, or another process has every card.
    """
    names = _devices(machine.device)
    if names == ["cpu"]:
        if machine.offload:
            raise UsageFault(
                "there is nothing to offload from the processor", "leave --offload out, or choose a card with --device"
            )
        return torch.device("cpu")
    for _ in range(1 + round(WAIT_SECONDS / _PAUSE_SECONDS)):
        for name in names:
            if _claim(name):
                return torch.device(name)
        time.sleep(_PAUSE_SECONDS)
    what = f"every device is at work for another process: {', '.join(names)}"
    raise EvenfaceError(what, f"use no more workers than there are devices: --workers {len(names)}; or wait for the other run")


def dtype_of(settings: Diffusion, device: torch.device) -> torch.dtype:
    """Return the precision to compute in, if the device can."""
    if settings.dtype == "float16" and device.type == "cpu":
        raise UsageFault("float16 is not for the processor: it is slow there, and overflows", 'choose dtype = "float32"')
    if settings.dtype == "bfloat16" and device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise UsageFault(f"{device_name(device)} has no bfloat16", 'choose dtype = "float16"')
    found = getattr(torch, settings.dtype, None)
    if not isinstance(found, torch.dtype):
        raise UsageFault(f"there is no precision {settings.dtype!r}", "choose one of: bfloat16, float16, float32")
    return found


def device_name(device: torch.device) -> str:
    """Return what a recipe calls a device: its kind, with the name of the card where there is one."""
    return f"cuda {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def make_repeatable(device: torch.device) -> None:
    """Choose the kernels that give equal bytes for equal input; to be called before the device is first used.

    On the processor one thread draws: the bytes depend on how a sum is shared out, and would on the number of cores.
    """
    if device.type == "cpu":
        torch.set_num_threads(1)
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Warn only: some kernels that are the same each time in practice are not on torch's list of those that promise it.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def _devices(wanted: str) -> list[str]:
    """Return the names of the devices that ``wanted`` stands for."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = [f"cuda:{number}" for number in range(cards)]
    there += ["mps"] if torch.backends.mps.is_available() else []
    found = {"auto": there or ["cpu"], "cuda": there[:cards], "cpu": ["cpu"]}.get(
        wanted, [name for name in there if name == wanted]
    )
    if not found:
        raise UsageFault(
            f"there is no device {wanted!r} that torch can use", f"choose one of: auto, cpu, {', '.join(there)}".rstrip(", ")
        )
    return found


def _claim(name: str) -> bool:
    """Take the lock of a device, or find that another process has it."""
    if name in _held:
        return True
    folder = cache_folder() / "devices"
    with explain_os_errors(folder):
        make_folder(folder)
        lock = FileLock(folder / f"{_key(name)}.lock", blocking=False)
        try:
            lock.acquire()
        except Timeout:
            return False
    _held[name] = lock
    return True


def _key(name: str) -> str:
    """Name a card by its serial: the first card that this process sees need not be the first that another sees."""
    device = torch.device(name)
    serial = str(getattr(torch.cuda.get_device_properties(device), "uuid", "")) if device.type == "cuda" else ""
    return "".join(letter if letter.isalnum() else "-" for letter in serial or name)
