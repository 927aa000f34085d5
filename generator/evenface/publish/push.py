"""Push: the folder of a dataset is sent to a repository of the Hugging Face Hub, and nothing else is.

What would be sent is known before anything is (``plan_push``), and exactly that is sent (``send``). The token is the one that
``huggingface_hub`` is logged in with; it is never taken from elsewhere, and cut out of whatever a server answers.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import TEMPORARY
from evenface.publish.card import CARD

__all__ = ["Push", "plan_push", "send"]

_CARD_BYTES = 4_000_000
_ANSWER_CHARACTERS = 400
_ERRORS = 40  # of logging
_GONE = ("*.parquet",)
"""What is removed from the repository where the dataset has no such file: ``load_dataset`` would read an older shard too."""


@dataclass(frozen=True, slots=True)
class Push:
    """What is sent, and where to."""

    folder: Path
    endpoint: str
    repo_id: str
    revision: str
    private: bool
    licence: str | None
    """As the card states it."""
    files: tuple[tuple[str, int], ...]
    """Path from the folder, and bytes."""

    @property
    def bytes(self) -> int:
        """How much it is."""
        return sum(size for _, size in self.files)


def plan_push(dataset_dir: str | Path, repo_id: str, *, revision: str = "main", private: bool = False) -> Push:
    """Return what would be sent; nothing is, and no network is needed.

    Args:
        revision: Branch, made from ``main`` where it is not there.
        private: Make the repository private; one that is there and public is then refused.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # made known at run time

    root = Dataset.open(dataset_dir).root
    try:
        validate_repo_id(repo_id)
    except HFValidationError as problem:
        raise UsageFault(f"{repo_id!r} is no name of a repository: {_line(problem)}", "give it as NAME/DATASET") from None
    if "/" not in repo_id:
        raise UsageFault(f"{repo_id!r} does not say whose repository it is", f"give it as NAME/{repo_id}")
    if not (root / CARD).is_file():
        raise EvenfaceError(
            f"{root} has no {CARD}, which the Hub reads", f"package its run again: evenface package RUN --out {root}"
        )
    return Push(root, constants.ENDPOINT, repo_id, revision, private, _licence(root / CARD), tuple(_files(root)))


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """Yield what is sent: not what is hidden, nor what is still being written; a link could lead anywhere, and is refused."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if any(part.startswith(".") for part in name.parts) or path.name.endswith(TEMPORARY):
            continue
        if path.is_symlink():
            raise UsageFault(f"{path} is a link, and could send what is not of the dataset", "put the file itself there")
        if path.is_file():
            yield name.as_posix(), path.stat().st_size


def _licence(card: Path) -> str | None:
    from huggingface_hub import DatasetCard
    from yaml import YAMLError

    if card.stat().st_size > _CARD_BYTES:
        raise EvenfaceError(f"{card} has {card.stat().st_size:,} bytes, which is no card", "package the run again")
    try:
        found = getattr(DatasetCard(card.read_text(encoding="utf-8")).data, "license", None)
    except (YAMLError, ValueError, TypeError) as problem:
        raise EvenfaceError(f"the head of {card} cannot be read: {_line(problem)}", "package the run again") from None
    return found if isinstance(found, str) else None


def send(push: Push) -> str:
    """Send the files and return the address of the commit. What is there already is not sent again, so a broken push goes on."""
    from huggingface_hub import HfApi, get_token

    with _describe_errors(push, token := get_token()):
        if token is None:
            raise UsageFault("nobody is logged in to the Hub on this machine", "log in with: hf auth login; or set HF_TOKEN")
        api = HfApi(endpoint=push.endpoint, token=token)
        api.create_repo(push.repo_id, repo_type="dataset", private=push.private, exist_ok=True)
        if push.private and not api.repo_info(push.repo_id, repo_type="dataset").private:
            what = f"{push.repo_id} is there and public, and --private was asked for; nothing was sent"
            raise UsageFault(what, "make it private on the Hub, choose another name, or leave --private out")
        if push.revision != "main":
            api.create_branch(push.repo_id, repo_type="dataset", branch=push.revision, exist_ok=True)
        commit = api.upload_folder(
            repo_id=push.repo_id,
            repo_type="dataset",
            revision=push.revision,
            folder_path=push.folder,
            # These and no others, whatever has come into the folder since.
            allow_patterns=[escape(name) for name, _ in push.files],
            delete_patterns=list(_GONE),
            commit_message="Upload the dataset",
        )
        return str(commit.commit_url)


@contextmanager
def _describe_errors(push: Push, token: str | None) -> Iterator[None]:
    """Turn what the Hub, or the way to it, answers into an error in which the token does not occur."""
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import logging

    # Errors of the transport (httpx, or what the installed version has in its place).
    transport: type[Exception] = HfHubHTTPError.__bases__[0]
    before = logging.get_verbosity()
    try:
        with warnings.catch_warnings():
            # Servers may put words into warnings and logs, which nobody has looked through.
            warnings.simplefilter("ignore")
            logging.set_verbosity(_ERRORS)
            yield
    except EvenfaceError:
        raise
    except HfHubHTTPError as problem:
        what = f"the Hub at {push.endpoint} refused: {_line(problem, token)}"
        raise EvenfaceError(what, "see that the token may write to that repository: hf auth whoami") from None
    except (transport, OSError, ValueError, RuntimeError) as problem:
        what = f"the Hub at {push.endpoint} cannot be reached, or the sending broke off: {_line(problem, token)}"
        raise EvenfaceError(what, "run the same command again when the cause is gone: what was sent is not sent again") from None
    finally:
        logging.set_verbosity(before)


def _line(problem: BaseException, token: str | None = None) -> str:
    """Return what went wrong on one line, without the token."""
    said = " ".join(str(problem).split()) or type(problem).__name__
    return (said.replace(token, "***") if token else said)[:_ANSWER_CHARACTERS]
