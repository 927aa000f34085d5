"""Signing: adds a C2PA manifest (c2pa.org) to pictures with a certificate and its key; pixels do not change.

The manifest states ``c2pa.created`` with the digital source type. No thumbnail is made and no time stamp authority is contacted,
so that nothing leaves the machine. Signatures differ from run to run, and so do the files; their pixels do not. The key stays in
memory and is never written or sent.
"""

from __future__ import annotations

import json
from functools import cached_property
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from evenface import __version__
from evenface.dataset.marking import VOCABULARY
from evenface.errors import EvenfaceError, UsageFault

if TYPE_CHECKING:
    from c2pa import Context, Signer
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

__all__ = ["PictureSigner", "open_signer"]

_INSTALL = "type: pip install 'evenface[c2pa]'"
_CHAIN = "give a PEM file with the signing certificate first, then those of its issuers"
_VALID = "use a signing certificate (digitalSignature, emailProtection) that is valid today, followed by those of its issuers"
_KEY = "give the private key of the certificate as PEM, without a password"
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_LIMIT = 1_000_000
"""Largest size of a certificate chain or a key, in bytes."""


class PictureSigner:
    """Signs PNG files, each with its digital source type."""

    def __init__(self, chain: bytes, key: bytes, algorithm: str) -> None:
        self._chain, self._key, self._algorithm = chain, key, algorithm

    def sign(self, data: bytes, title: str, term: str) -> bytes:
        """Return the PNG with a manifest.

        Args:
            title: Name of the picture, stated in the manifest.
            term: Its digital source type.
        """
        from c2pa import Builder, C2paError

        target = BytesIO()
        try:
            with Builder(json.dumps(self._manifest(title, term)), self._context) as builder:
                builder.sign(self._signer, "image/png", BytesIO(data), target)
        except C2paError as problem:
            what = f"{title} cannot be signed: {_message(problem)}"
            raise EvenfaceError(what, "check certificate and key, or leave out --c2pa-cert and --c2pa-key") from None
        return target.getvalue()

    def _manifest(self, title: str, term: str) -> dict[str, Any]:
        created = {"action": "c2pa.created", "digitalSourceType": VOCABULARY + term}
        return {
            "claim_generator_info": [{"name": "evenface", "version": __version__}],
            "title": title,
            "format": "image/png",
            "assertions": [{"label": "c2pa.actions", "data": {"actions": [created]}}],
        }

    @cached_property
    def _context(self) -> Context:
        from c2pa import Context, Settings

        return Context(Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}}))

    @cached_property
    def _signer(self) -> Signer:
        from c2pa import C2paSignerInfo, C2paSigningAlg, Signer

        return Signer.from_info(C2paSignerInfo(C2paSigningAlg[self._algorithm], self._chain, self._key, None))


def open_signer(certificate: Path, key: Path, term: str | None) -> PictureSigner:
    """Return a signer that has signed a trial picture, so that errors show before hours of work.

    Args:
        certificate: PEM file of the signing certificate and those of its issuers.
        key: PEM file of its private key.
        term: Digital source type of most pictures, or None where it is unknown.
    """
    if term is None:
        what = "a C2PA manifest must state the digital source type, which is not known of this backend"
        raise UsageFault(what, "leave out --c2pa-cert and --c2pa-key")
    missing = [name for name in ("c2pa", "cryptography") if find_spec(name) is None]
    if missing:
        raise UsageFault(f"signing needs the package {missing[0]}, which is not installed", _INSTALL)
    chain, private = _read_chain(certificate), _read_key(key)
    if chain[0].public_key() != private.public_key():
        raise UsageFault(f"the key {key} does not belong to the first certificate in {certificate}", _CHAIN)
    signer = _signer_of(chain, private, key)
    _try(signer, certificate, term)
    return signer


def _read_chain(path: Path) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(_read(path))
    except ValueError:
        raise UsageFault(f"{path} holds no readable certificate", _CHAIN) from None


def _read_key(path: Path) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(_read(path), password=None)
    except TypeError:
        raise UsageFault(f"the key {path} has a password", _KEY) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageFault(f"{path} holds no readable private key", _KEY) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT)
    except OSError as problem:
        raise UsageFault(f"{path} cannot be read: {problem.strerror}", "give the path of a PEM file") from None


def _signer_of(chain: list[Certificate], private: PrivateKeyTypes, path: Path) -> PictureSigner:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    certificates = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return PictureSigner(certificates, key, _algorithm(private, path))


def _algorithm(private: PrivateKeyTypes, path: Path) -> str:
    """Return C2PA's name of the signature algorithm for a key."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(private, EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, Ed25519PrivateKey):
        return "ED25519"
    if isinstance(private, RSAPrivateKey):
        return "PS256"
    raise UsageFault(
        f"C2PA has no signature algorithm for the kind of key in {path}", "use a key of P-256, P-384, P-521, Ed25519 or RSA"
    )


def _try(signer: PictureSigner, certificate: Path, term: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    try:
        signer.sign(picture.getvalue(), "a trial picture", term)
    except EvenfaceError as problem:
        raise UsageFault(f"with the certificate {certificate}, {problem.what}", _VALID) from None


def _message(problem: Exception) -> str:
    return str(problem).partition("\n")[0].removeprefix("Signature: ")
