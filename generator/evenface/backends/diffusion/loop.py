"""The tries: pictures that are wanted come in, each goes out as the first try that passes, or as what became of all of them.

What fails is drawn again together with what else fails, from the next seed of its own: neither a seed nor a verdict knows of
other pictures, or of how often those were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evenface.backends.diffusion.checks import Checks, Verdict
from evenface.backends.diffusion.sampler import Ask, Pixels, Sampler
from evenface.backends.diffusion.target import Target
from evenface.backends.guide import Guide
from evenface.errors import EvenfaceError
from evenface.records import Shot
from evenface.rng import seed_for

__all__ = ["Tried", "Wish", "draw"]


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A picture that is wanted, and what it is held against."""

    shot: Shot
    family_id: str
    """Not the identity: people of a crossed design share their head, and the chance in their pictures."""
    guide: Guide | None
    anchor: Pixels | None
    target: Target

    def ask(self, attempt: int) -> Ask:
        """Return what the sampler is asked for in a try, counted from 0."""
        return Ask(self.shot.prompt, self.seed(attempt), self.shot.size_px, self.guide, self.anchor)

    def seed(self, attempt: int) -> int:
        """Return the seed of a try."""
        return seed_for(self.shot.seed, "sampler", self.family_id, self.shot.shot_id, attempt)


@dataclass(slots=True, eq=False)
class Tried:
    """What became of a wish."""

    seed: int = 0
    """Of the try that is shown, or of the last where none is."""
    tries: int = 0
    rejections: list[str] = field(default_factory=list)
    """Of the tries that failed, in order, reasons joined by ``+``."""
    taken: Verdict | None = None
    """The try that passed."""
    last: Verdict | None = None
    """The last try that failed and was not blank."""
    last_seed: int = 0

    def add(self, verdict: Verdict, seed: int) -> None:
        """Take in the next try."""
        self.tries, self.seed = self.tries + 1, seed
        if not verdict.reasons:
            self.taken = verdict
            return
        self.rejections.append("+".join(verdict.reasons))
        if "blank" not in verdict.reasons:
            self.last, self.last_seed = verdict, seed


def draw(sampler: Sampler, checks: Checks, wishes: Sequence[Wish], tries: int) -> list[Tried]:
    """Return what became of each wish after at most so many tries."""
    tried = [Tried() for _ in wishes]
    for attempt in range(tries):
        pending = [(wish, so_far) for wish, so_far in zip(wishes, tried, strict=True) if so_far.taken is None]
        if not pending:
            break
        drawn = sampler.draw([wish.ask(attempt) for wish, _ in pending])
        for (wish, _), one in zip(pending, drawn, strict=True):
            _check_size(one.pixels, wish.shot)
        verdicts = checks.examine(drawn, [wish.target for wish, _ in pending])
        for (wish, so_far), verdict in zip(pending, verdicts, strict=True):
            so_far.add(verdict, wish.seed(attempt))
    return tried


def _check_size(pixels: Pixels, shot: Shot) -> None:
    if pixels.shape != (shot.size_px, shot.size_px, 3):
        found = " x ".join(map(str, pixels.shape))
        what = f"the model drew {found} numbers where {shot.size_px} x {shot.size_px} x 3 were asked of it"
        raise EvenfaceError(what, "choose another size_px: most pipelines want a multiple of 8 or of 16")
