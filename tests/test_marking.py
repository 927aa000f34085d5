"""Independent readers find in every picture how it was made; signatures are valid; errors of a key are found first."""

from __future__ import annotations

import datetime
import json
import shutil
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import c2pa
import pyexiv2
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from evenface.backends import BACKENDS
from evenface.cli import main
from evenface.dataset import Dataset, decode_image, pixel_digest
from evenface.dataset.marking import DIGITAL_SOURCE_TYPES, VOCABULARY, digital_source_type, mark_png
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.validate import validate
from evenface.publish import signing
from evenface.publish.package import package
from evenface.publish.sheet import contact_sheet
from evenface.publish.signing import open_signer

PROPERTY = "Xmp.iptcExt.DigitalSourceType"


def png(**options):
    data = BytesIO()
    Image.effect_mandelbrot((24, 24), (-2, -1.5, 1, 1.5), 30).convert("RGB").save(data, "PNG", **options)
    return data.getvalue()


def xmp_of(data):
    """Read the XMP as exiv2 does."""
    with pyexiv2.ImageData(data) as image:
        return image.read_xmp()


def pixels_of(data):
    return pixel_digest(decode_image(data))


# ----------------------------------------------------------------------------------------------------------------------- marking


def test_every_picture_of_a_dataset_says_how_it_was_made_to_exiv2(tiny_dataset, tiny_run):
    raw = {pixels_of(path.read_bytes()) for path in Path(tiny_run).rglob("*.png") if ".mask" not in path.name}
    rows = list(Dataset.open(tiny_dataset).rows("default"))
    assert len(rows) == 36
    for row in rows:
        data = row["image"]["bytes"]
        assert xmp_of(data) == {PROPERTY: f"{VOCABULARY}algorithmicMedia"}
        assert row["digital_source_type"] == "algorithmicMedia"
        assert (row["image_sha256"], row["pixel_sha256"]) == (sha256(data).hexdigest(), pixels_of(data))
        assert row["pixel_sha256"] in raw


def test_the_mark_is_there_after_load_dataset(tiny_dataset, tmp_path):
    from datasets import Image as ImageFeature
    from datasets import load_dataset

    rows = load_dataset(str(tiny_dataset), "reference", split="test", cache_dir=str(tmp_path))
    row = rows.cast_column("image", ImageFeature(decode=False))[0]
    assert xmp_of(row["image"]["bytes"]) == {PROPERTY: VOCABULARY + row["digital_source_type"]}


def test_the_contact_sheet_says_it_too(tiny_dataset, tmp_path):
    assert xmp_of(contact_sheet(tiny_dataset, tmp_path / "sheet.png").read_bytes()) == {PROPERTY: f"{VOCABULARY}algorithmicMedia"}


@pytest.mark.parametrize("term", sorted(set(DIGITAL_SOURCE_TYPES.values())))
def test_a_mark_changes_no_pixel_and_is_read_by_others(term):
    raw = png()
    marked = mark_png(raw, term)
    assert xmp_of(marked) == {PROPERTY: VOCABULARY + term}
    assert pixels_of(marked) == pixels_of(raw)
    assert raw[raw.index(b"IDAT") :] == marked[marked.index(b"IDAT") :]
    with Image.open(BytesIO(marked)) as image:
        ElementTree.fromstring(image.info["XML:com.adobe.xmp"].strip("\ufeff"))
        image.verify()


def test_marking_twice_is_marking_once_and_the_last_mark_counts():
    once = mark_png(png(), "algorithmicMedia")
    assert mark_png(once, "algorithmicMedia") == once
    assert xmp_of(mark_png(once, "trainedAlgorithmicMedia")) == {PROPERTY: f"{VOCABULARY}trainedAlgorithmicMedia"}
    assert mark_png(mark_png(once, "trainedAlgorithmicMedia"), "algorithmicMedia") == once


def test_a_packet_of_the_backend_is_replaced_and_its_other_texts_stay():
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    info.add_itxt("Comment", "XML:com.adobe.xmp is elsewhere")
    marked = mark_png(png(pnginfo=info), "algorithmicMedia")
    assert marked.count(b"x:xmpmeta xmlns") == 1
    with Image.open(BytesIO(marked)) as image:
        assert image.info["Comment"] == "XML:com.adobe.xmp is elsewhere"


def test_every_backend_has_a_term_and_a_stranger_has_none():
    assert set(BACKENDS) <= set(DIGITAL_SOURCE_TYPES)
    assert digital_source_type("studio.render:Best") is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the picture is not a PNG"),
        (b"\xff\xd8\xff\xe0 a JPEG", "the picture is not a PNG"),
        (png()[:-4], "the PNG is truncated"),
        (png()[:40], "the PNG is truncated"),
    ],
)
def test_an_incomplete_png_is_an_error(data, what):
    with pytest.raises(EvenfaceError) as fault:
        mark_png(data, "algorithmicMedia")
    assert fault.value.what == what


@given(st.integers(0, 400), st.integers(1, 255))
def test_no_broken_byte_raises_anything_else(at, change):
    spoilt = bytearray(png())
    spoilt[at] ^= change
    with suppress(EvenfaceError):
        assert b"algorithmicMedia" in mark_png(bytes(spoilt), "algorithmicMedia")


# ------------------------------------------------------------------------------------------------------------------------ signing

NOW = datetime.datetime.now(datetime.UTC)
DAYS = datetime.timedelta(days=1)


def named(common):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(**true):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in true for name in names})


def certificate(subject, key, issuer, issuer_key, *extensions, until=800):
    builder = x509.CertificateBuilder(named(issuer), named(subject), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - 900 * DAYS).not_valid_after(NOW + until * DAYS)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    return builder.sign(issuer_key, hashes.SHA256())


ROOT_KEY = ec.generate_private_key(ec.SECP256R1())
ROOT = certificate(
    *("root", ROOT_KEY, "root", ROOT_KEY),
    *((x509.BasicConstraints(True, None), True), (usage(key_cert_sign=1, crl_sign=1), True)),
)


def leaf(key, **options):
    """A certificate for signing, with its issuer's."""
    mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    extensions = ((x509.BasicConstraints(False, None), True), (usage(digital_signature=1), True), (mail, False))
    own = certificate("pictures", key, "root", ROOT_KEY, *extensions, **options)
    return b"".join(each.public_bytes(Encoding.PEM) for each in (own, ROOT))


def pem(key, form=PrivateFormat.PKCS8, lock=None):
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption())


KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def credentials(tmp_path):
    """Return a function that writes a chain and a key, and gives their paths."""

    def write(chain=None, key=None):
        (tmp_path / "chain.pem").write_bytes(leaf(KEY) if chain is None else chain)
        (tmp_path / "key.pem").write_bytes(pem(KEY) if key is None else key)
        return tmp_path / "chain.pem", tmp_path / "key.pem"

    return write


def manifest_of(data, trusted=False):
    """Read and check a manifest as the C2PA's own library does."""
    trust = {"trust": {"trust_anchors": ROOT.public_bytes(Encoding.PEM).decode()}, "verify": {"verify_trust": True}}
    context = c2pa.Context(c2pa.Settings.from_dict(trust)) if trusted else None
    with c2pa.Reader("image/png", BytesIO(data), context=context) as reader:
        return json.loads(reader.json())


def test_every_picture_of_a_signed_dataset_verifies(tiny_run, tiny_dataset, credentials, tmp_path):
    signer = open_signer(*credentials(), "algorithmicMedia")
    signed = package(tiny_run, tmp_path / "signed", signer=signer)
    plain = {row["image_id"]: row for row in Dataset.open(tiny_dataset).rows("default")}
    for row in signed.rows("default"):
        data, before = row["image"]["bytes"], plain[row["image_id"]]
        found = manifest_of(data, trusted=True)
        assert found["validation_state"] == "Trusted"
        manifest = found["manifests"][found["active_manifest"]]
        assert (manifest["title"], "thumbnail" in manifest) == (f"{row['image_id']}.png", False)
        (actions,) = [each["data"]["actions"] for each in manifest["assertions"]]
        assert actions == [{"action": "c2pa.created", "digitalSourceType": f"{VOCABULARY}algorithmicMedia"}]
        assert manifest["claim_generator_info"][0]["name"] == "evenface"
        assert "time" not in manifest["signature_info"]
        assert xmp_of(data)[PROPERTY] == f"{VOCABULARY}algorithmicMedia"
        assert (row["image_sha256"], row["pixel_sha256"]) == (sha256(data).hexdigest(), before["pixel_sha256"])
        assert data != before["image"]["bytes"]
    assert validate(tmp_path / "signed").ok
    assert "c2pa-python" in [each.name for each in signed.manifest.packages]
    assert not any(pem(KEY)[30:80] in path.read_bytes() for path in (tmp_path / "signed").rglob("*") if path.is_file())


def test_a_signed_picture_that_is_changed_is_found_out(credentials):
    signed = bytearray(
        open_signer(*credentials(), "algorithmicMedia").sign(mark_png(png(), "algorithmicMedia"), "one.png", "algorithmicMedia")
    )
    assert manifest_of(bytes(signed))["validation_state"] == "Valid"
    signed[signed.index(b"IDAT") + 20] ^= 1
    assert manifest_of(bytes(signed))["validation_state"] == "Invalid"


def test_signatures_differ_and_pixels_do_not(credentials):
    signer = open_signer(*credentials(), "algorithmicMedia")
    one, two = (signer.sign(png(), "one.png", "algorithmicMedia") for _ in range(2))
    assert one != two
    assert pixels_of(one) == pixels_of(two) == pixels_of(png())


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "P-521", "Ed25519", "RSA"],
)
def test_other_kinds_of_keys_sign_too(key, credentials):
    signer = open_signer(*credentials(leaf(key), pem(key)), "algorithmicMedia")
    assert manifest_of(signer.sign(png(), "one.png", "algorithmicMedia"))["validation_state"] == "Valid"


def test_a_key_in_the_older_form_is_read(credentials):
    assert open_signer(*credentials(key=pem(KEY, PrivateFormat.TraditionalOpenSSL)), "algorithmicMedia")


OTHER = ec.generate_private_key(ec.SECP256R1())
DSA = dsa.generate_private_key(2048)
CHAIN = "give a PEM file with the signing certificate first, then those of its issuers"
ONLY_KEY = "give the private key of the certificate as PEM, without a password"
VALID = "use a signing certificate (digitalSignature, emailProtection) that is valid today, followed by those of its issuers"
WRONG = {
    "no certificate": (b"none", pem(KEY), "{chain} holds no readable certificate", CHAIN),
    "key as certificate": (pem(KEY), pem(KEY), "{chain} holds no readable certificate", CHAIN),
    "no key": (leaf(KEY), b"none", "{key} holds no readable private key", ONLY_KEY),
    "locked key": (
        *(leaf(KEY), pem(KEY, lock=BestAvailableEncryption(b"secret"))),
        *("the key {key} has a password", ONLY_KEY),
    ),
    "key of another": (leaf(KEY), pem(OTHER), "the key {key} does not belong to the first certificate in {chain}", CHAIN),
    "issuer first": (
        *(ROOT.public_bytes(Encoding.PEM) + leaf(KEY), pem(KEY)),
        *("the key {key} does not belong to the first certificate in {chain}", CHAIN),
    ),
    "run out": (
        *(leaf(KEY, until=-1), pem(KEY)),
        "with the certificate {chain}, a trial picture cannot be signed: the certificate was not valid at time of signing",
        VALID,
    ),
    "issuer's own": (
        *(ROOT.public_bytes(Encoding.PEM), pem(ROOT_KEY)),
        *("with the certificate {chain}, a trial picture cannot be signed: the certificate was self-signed", VALID),
    ),
    "unknown kind": (
        *(leaf(DSA), pem(DSA)),
        "C2PA has no signature algorithm for the kind of key in {key}",
        "use a key of P-256, P-384, P-521, Ed25519 or RSA",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_certificate_or_key_is_said(name, credentials):
    chain, key, what, hint = WRONG[name]
    paths = credentials(chain, key)
    with pytest.raises(UsageFault) as fault:
        open_signer(*paths, "algorithmicMedia")
    assert (fault.value.what, fault.value.hint) == (what.format(chain=paths[0], key=paths[1]), hint)


def test_a_missing_extra_says_what_to_install(credentials, monkeypatch):
    monkeypatch.setattr(signing, "find_spec", lambda name: None if name == "c2pa" else True)
    with pytest.raises(UsageFault) as fault:
        open_signer(*credentials(), "algorithmicMedia")
    assert fault.value.what == "signing needs the package c2pa, which is not installed"
    assert fault.value.hint == "type: pip install 'evenface[c2pa]'"


def test_pictures_of_a_foreign_backend_are_not_signed(credentials):
    with pytest.raises(UsageFault, match="which is not known of this backend"):
        open_signer(*credentials(), None)


# ------------------------------------------------------------------------------------------------------------------- command line


def run(*args):
    return CliRunner().invoke(main, list(map(str, args)), prog_name="evenface", catch_exceptions=False)


def test_package_signs_with_the_files_it_is_given(tiny_run, credentials, tmp_path):
    chain, key = credentials()
    done = run("package", tiny_run, "--out", tmp_path / "faces", "--c2pa-cert", chain, "--c2pa-key", key, "--quiet")
    assert (done.exit_code, done.stdout) == (0, "")
    row = next(Dataset.open(tmp_path / "faces").rows("reference", ("image",)))
    assert manifest_of(row["image"]["bytes"])["validation_state"] == "Valid"


@pytest.mark.parametrize("command", ["package", "generate"])
def test_a_bad_key_stops_before_any_work(command, tiny_run, credentials, tmp_path):
    chain, key = credentials(key=pem(OTHER))
    run_copy = shutil.copytree(tiny_run, tmp_path / "run")
    source = [run_copy] if command == "package" else ["--preset", "demo", "--backend", "swatch"]
    done = run(command, *source, "--out", tmp_path / "faces", "--c2pa-cert", chain, "--c2pa-key", key)
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"Error: the key {key} does not belong to the first certificate in {chain}",
        f"Try: {CHAIN}",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chain.pem", "key.pem", "run"]
    done = run(command, *source, "--out", tmp_path / "faces", "--c2pa-key", key)
    assert done.stderr.splitlines() == ["Error: --c2pa-key is given without --c2pa-cert", "Try: give both, or neither"]
    if command == "package":
        (tmp_path / "empty").mkdir()
        done = run(command, tmp_path / "empty", "--out", tmp_path / "faces", "--c2pa-cert", chain, "--c2pa-key", key)
        assert done.stderr.splitlines() == [
            f"Error: {tmp_path / 'empty'} is not a run folder: it holds no plan.json",
            f"Try: make one: evenface render plan.json --out {tmp_path / 'empty'}",
        ]
    missing = tmp_path / "none.pem"
    done = run(command, *source, "--out", tmp_path / "faces", "--c2pa-cert", missing, "--c2pa-key", key)
    assert done.stderr.splitlines()[0] == f"Error: {missing} cannot be read: No such file or directory"
