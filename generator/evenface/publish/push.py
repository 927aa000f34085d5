"""Push: sends the folder of a dataset, and nothing else, to a repository of the Hugging Face Hub.

``plan_push`` lists the files, and ``send`` sends exactly these. The token is the one that ``huggingface_hub`` is logged in with.
It is never taken from elsewhere, and removed from all error texts.
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
_ERRORS = 40  # level of logging
_GONE = ("*.parquet",)
"""Files that are removed from the repository if the dataset lacks them: ``load_dataset`` would read older shards too."""


@dataclass(frozen=True, slots=True)
class Push:
    """The files to send and their destination."""

    folder: Path
    endpoint: str
    repo_id: str
    revision: str
    private: bool
    licence: str | None
    """As the card states it."""
    files: tuple[tuple[str, int], ...]
    """Relative path and bytes of each."""

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return sum(size for _, size in self.files)


def plan_push(dataset_dir: str | Path, repo_id: str, *, revision: str = "main", private: bool = False) -> Push:
    """Return what would be sent, without sending anything or using the network.

    Args:
        revision: The branch, which is made from ``main`` if it does not exist.
        private: Make the repository private; an existing public one is then refused.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # exported at run time

    root = Dataset.open(dataset_dir).root
    try:
        validate_repo_id(repo_id)
    except HFValidationError as problem:
        raise UsageFault(f"{repo_id!r} is not a repository name: {_line(problem)}", "give it as NAME/DATASET") from None
    if "/" not in repo_id:
        raise UsageFault(f"{repo_id!r} lacks the owner of the repository", f"give it as NAME/{repo_id}")
    if not (root / CARD).is_file():
        raise EvenfaceError(
            f"{root} has no {CARD}, which the Hub reads", f"package its run again: evenface package RUN --out {root}"
        )
    return Push(root, constants.ENDPOINT, repo_id, revision, private, _licence(root / CARD), tuple(_files(root)))


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """Yield the files to send, without hidden and temporary ones; a link is an error, since it could lead anywhere."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if any(part.startswith(".") for part in name.parts) or path.name.endswith(TEMPORARY):
            continue
        if path.is_symlink():
            raise UsageFault(f"{path} is a link, which could send files from outside the dataset", "replace it by the file")
        if path.is_file():
            yield name.as_posix(), path.stat().st_size


def _licence(card: Path) -> str | None:
    from huggingface_hub import DatasetCard
    from yaml import YAMLError

    if card.stat().st_size > _CARD_BYTES:
        raise EvenfaceError(
            f"{card} has {card.stat().st_size:,} bytes, too many for a card",
            "package the run again: evenface package RUN --out DATASET",
        )
    try:
        found = getattr(DatasetCard(card.read_text(encoding="utf-8")).data, "license", None)
    except (YAMLError, ValueError, TypeError) as problem:
        raise EvenfaceError(
            f"the head of {card} cannot be read: {_line(problem)}", "package the run again: evenface package RUN --out DATASET"
        ) from None
    return found if isinstance(found, str) else None


def send(push: Push) -> str:
    """Send the files and return the address of the commit. Files that are there already are skipped, so a push can be resumed."""
    from huggingface_hub import HfApi, get_token

    with _describe_errors(push, token := get_token()):
        if token is None:
            raise UsageFault("no token for the Hub was found", "log in with: hf auth login; or set HF_TOKEN")
        api = HfApi(endpoint=push.endpoint, token=token)
        api.create_repo(push.repo_id, repo_type="dataset", private=push.private, exist_ok=True)
        if push.private and not api.repo_info(push.repo_id, repo_type="dataset").private:
            what = f"{push.repo_id} exists and is public, but --private was given; nothing was sent"
            raise UsageFault(what, "make it private on the Hub, choose another name, or leave out --private")
        if push.revision != "main":
            api.create_branch(push.repo_id, repo_type="dataset", branch=push.revision, exist_ok=True)
        commit = api.upload_folder(
            repo_id=push.repo_id,
            repo_type="dataset",
            revision=push.revision,
            folder_path=push.folder,
            # Exactly the listed files, whatever was added to the folder since.
            allow_patterns=[escape(name) for name, _ in push.files],
            delete_patterns=list(_GONE),
            commit_message="Upload the dataset",
        )
        return str(commit.commit_url)


@contextmanager
def _describe_errors(push: Push, token: str | None) -> Iterator[None]:
    """Turn an error of the Hub, or of the transport, into one whose text does not hold the token."""
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import logging

    # Errors of the transport (httpx, or another library in other versions).
    transport: type[Exception] = HfHubHTTPError.__bases__[0]
    before = logging.get_verbosity()
    try:
        with warnings.catch_warnings():
            # Warnings and logs can hold text of a server, from which the token is not removed.
            warnings.simplefilter("ignore")
            logging.set_verbosity(_ERRORS)
            yield
    except EvenfaceError:
        raise
    except HfHubHTTPError as problem:
        what = f"the Hub at {push.endpoint} refused: {_line(problem, token)}"
        raise EvenfaceError(what, "check that the token can write to that repository: hf auth whoami") from None
    except (transport, OSError, ValueError, RuntimeError) as problem:
        what = f"the Hub at {push.endpoint} cannot be reached, or the transfer stopped: {_line(problem, token)}"
        raise EvenfaceError(what, "run the same command again later: files that were sent are not sent again") from None
    finally:
        logging.set_verbosity(before)


def _line(problem: BaseException, token: str | None = None) -> str:
    """Return the text of an error on one line, without the token."""
    said = " ".join(str(problem).split()) or type(problem).__name__
    return (said.replace(token, "***") if token else said)[:_ANSWER_CHARACTERS]
