"""Amazon Rekognition without Amazon: a server on loopback reads the bytes and answers as botocore's own model says it would."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from click.testing import CliRunner
from PIL import Image

from evenface.cli import main
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import Answer, Detection
from evenface.examine.audit.systems import Compared, Picture, Settings
from evenface.examine.audit.systems import rekognition as module
from evenface.examine.audit.systems.rekognition import Rekognition

boto3 = pytest.importorskip("boto3")

FACE = {
    "BoundingBox": {"Width": 0.25, "Height": 0.5, "Left": 0.125, "Top": 0.25},
    "AgeRange": {"Low": 20, "High": 30},
    "Gender": {"Value": "Female", "Confidence": 98.5},
    "Confidence": 99.0,
}
SMALL = FACE | {
    "BoundingBox": {"Width": 0.1, "Height": 0.1, "Left": 0.0, "Top": 0.0},
    "Gender": {"Value": "Male", "Confidence": 60.0},
}
TYPES = {"__type": "InvalidImageFormatException", "message": "no picture"}


def png(width=80, height=40):
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def service(monkeypatch):
    """A server that keeps what it is sent and answers from a list, the last answer again and again."""
    met, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            met.append({"path": self.path, "headers": dict(self.headers), "body": json.loads(body)})
            status, answer = answers.pop(0) if len(answers) > 1 else answers[0]
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    environment = {
        "AWS_ENDPOINT_URL_REKOGNITION": f"http://127.0.0.1:{server.server_port}",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(module, "CALLS_PER_SECOND", 1000.0)
    yield met, answers
    server.shutdown()
    server.server_close()


def model_accepts(shape_of, operation, data):
    """Say what botocore's own service model has against a request or an answer."""
    from botocore.validate import ParamValidator

    model = boto3.client("rekognition").meta.service_model.operation_model(operation)
    return ParamValidator().validate(data, getattr(model, shape_of)).generate_report()


def test_what_detect_faces_is_sent_down_to_the_bytes(service):
    met, answers = service
    answers.append((200, {"FaceDetails": [SMALL, FACE]}))
    assert model_accepts("output_shape", "DetectFaces", answers[0][1]) == ""
    (found,) = Rekognition(Settings()).answer([Picture("1", png())])
    (sent,) = met
    assert sent["headers"]["X-Amz-Target"] == "RekognitionService.DetectFaces"
    assert sent["headers"]["Content-Type"] == "application/x-amz-json-1.1"
    assert sent["headers"]["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-central-1/rekognition/aws4_request" in sent["headers"]["Authorization"]
    assert sent["body"] == {"Image": {"Bytes": base64.b64encode(png()).decode()}, "Attributes": ["ALL"]}
    assert model_accepts("input_shape", "DetectFaces", {"Image": {"Bytes": png()}, "Attributes": ["ALL"]}) == ""
    # Attributes are those of the larger face; shares of the sides become pixels of 80 x 40.
    assert found == Answer(
        faces=(Detection((0.0, 0.0, 8.0, 4.0), 0.99), Detection((10.0, 10.0, 20.0, 20.0), 0.99)),
        gender="woman",
        gender_confidence=0.985,
        age_years=25.0,
    )


def test_what_compare_faces_is_sent(service):
    met, answers = service
    answers.append(
        (200, {"FaceMatches": [{"Similarity": 12.5, "Face": {}}, {"Similarity": 71.0, "Face": {}}], "UnmatchedFaces": []})
    )
    assert model_accepts("output_shape", "CompareFaces", answers[0][1]) == ""
    pair = (Picture("1", png()), Picture("2", png(40)))
    assert Rekognition(Settings()).compare([pair]) == [Compared(71.0)]
    (sent,) = met
    assert sent["headers"]["X-Amz-Target"] == "RekognitionService.CompareFaces"
    assert sent["body"] == {
        "SourceImage": {"Bytes": base64.b64encode(png()).decode()},
        "TargetImage": {"Bytes": base64.b64encode(png(40)).decode()},
        "SimilarityThreshold": 0.0,
        "QualityFilter": "NONE",
    }
    answers[:] = [(200, {"FaceMatches": [], "UnmatchedFaces": []})]
    assert Rekognition(Settings()).compare([pair]) == [Compared(None, "no comparable face in the second picture")]


def test_no_face_is_an_answer_and_a_refusal_is_a_failure(service):
    _, answers = service
    answers.append((200, {"FaceDetails": []}))
    assert Rekognition(Settings()).answer([Picture("1", png())]) == [Answer(faces=())]
    answers[:] = [(400, TYPES)]
    assert Rekognition(Settings()).answer([Picture("1", b"text")]) == [Answer(failure="refused: InvalidImageFormatException")]
    assert Rekognition(Settings()).compare([(Picture("1", b"text"),) * 2]) == [
        Compared(None, "refused: InvalidImageFormatException")
    ]


def test_botocore_waits_and_tries_again(service):
    met, answers = service
    answers += [(400, {"__type": "ThrottlingException", "message": "slow"}), (200, {"FaceDetails": []})]
    assert Rekognition(Settings()).answer([Picture("1", png())]) == [Answer(faces=())]
    assert len(met) == 2


def test_what_concerns_the_account_ends_the_run_in_words(service):
    _, answers = service
    answers.append((400, {"__type": "AccessDeniedException", "message": "not you"}))
    with pytest.raises(EvenfaceError) as caught:
        Rekognition(Settings()).answer([Picture("1", png())])
    assert caught.value.what == "Rekognition refused the request: AccessDeniedException: not you"
    assert caught.value.hint == "finished answers are kept; the same command continues"


def test_no_credentials_and_no_region(service, monkeypatch):
    service[1].append((200, {}))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UsageFault, match="boto3 found no credentials"):
        Rekognition(Settings()).answer([Picture("1", png())])
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(UsageFault, match="boto3 has no region for Rekognition"):
        Rekognition(Settings())


def test_calls_are_spread(service, monkeypatch):
    service[1].append((200, {"FaceDetails": []}))
    monkeypatch.setattr(module, "CALLS_PER_SECOND", 20.0)
    slept = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    Rekognition(Settings()).answer([Picture(str(at), png()) for at in range(3)])
    assert len(slept) == 2
    assert all(0 < pause <= 0.05 for pause in slept)


def test_nothing_is_sent_before_the_cost_is_accepted(service, tiny_dataset, tmp_path):
    met, _ = service
    command = f"audit {tiny_dataset} --system rekognition --out {tmp_path / 'out'} --max-pairs 7 --quiet".split()
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, met) == (2, [])
    assert done.stderr == (
        "Error: 36 pictures and 7 pairs would be sent to rekognition, for about $0.04 "
        "(list prices of 2025; --price gives another)\n"
        "Try: add --yes to accept, or --max-pairs N for fewer pairs; the pictures leave this machine\n"
    )
    priced = CliRunner().invoke(main, [*command, "--price", "2"])
    assert "for about $86.00 (the price given)" in priced.stderr


def test_answers_that_were_paid_for_are_never_asked_again(service, tiny_dataset, tmp_path):
    met, answers = service
    answers.append((200, {"FaceDetails": [FACE], "FaceMatches": [{"Similarity": 50.0}]}))
    command = f"audit {tiny_dataset} --system rekognition --out {tmp_path / 'out'} --max-pairs 7 --quiet".split()
    done = CliRunner().invoke(main, [*command, "--yes", "--json"])
    assert done.exit_code == 0, done.stderr
    (line,) = json.loads(done.stdout)["systems"]
    assert (line["pictures"], line["failures"], line["pairs"], line["not compared"]) == (36, 0, 7, 0)
    assert len(met) == 36 + 7
    # All is answered: nothing is spent, so nobody is asked to agree.
    again = CliRunner().invoke(main, [*command, "--json"])
    assert (again.exit_code, again.stdout, len(met)) == (0, done.stdout, 43)


def test_without_boto3_it_says_what_to_type(monkeypatch):
    from evenface.examine.audit.systems.opening import open_system

    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    monkeypatch.delitem(__import__("sys").modules, "evenface.examine.audit.systems.rekognition")
    with pytest.raises(UsageFault) as caught:
        open_system("rekognition", Settings()).__enter__()
    assert caught.value.what.startswith("the system 'rekognition' needs the package boto3, which is not installed")
    assert caught.value.hint == "type: pip install 'evenface[aws]'"
