"""What copier.yml and the files of the template promise, before anything is rendered."""

import ast
import builtins
import keyword
import os
import re
import sys
from pathlib import Path, PurePosixPath

import pytest
from answers import complaint
from names import beside, required, taken_by
from renders import Renders, texts

from tools import ROOT, working_tree
from tools.ownership import Ownership, OwnershipError
from tools.render import TEMPLATE, Source

SOURCE = Source(ROOT)
CONFIGURATION = SOURCE.configuration


def unconditional(file: PurePosixPath) -> str:
    """A path of the template without its conditions and its ending."""
    return re.sub(r"{%.*?%}", "", str(file)).removesuffix(".jinja")


FILES = [file.relative_to(TEMPLATE) for file in working_tree.files(ROOT, TEMPLATE)]
PYTHON = [file for file in FILES if unconditional(file).endswith(".py")]

# All the code that carries Jinja, by its path without conditions; the tests name the package only.
PYTHON_WITH_JINJA = [
    "src/{{ package }}/__init__.py",
    "src/{{ package }}/app.py",
    "src/{{ package }}/chassis/features.py",
    "src/{{ package }}/{{ noun }}/__init__.py",
    "src/{{ package }}/{{ noun }}/events.py",
    "src/{{ package }}/{{ noun }}/models.py",
    "src/{{ package }}/{{ noun }}/repository.py",
    "src/{{ package }}/{{ noun }}/routes.py",
    "src/{{ package }}/{{ noun }}/service.py",
]

RESERVED = set(CONFIGURATION["reserved"]["default"].split(", "))
NOUNS = set(CONFIGURATION["reserved_nouns"]["default"].split(", "))

NEEDS_TRUST = {"_tasks", "_migrations", "_jinja_extensions", "_external_data"}
DEVICES = {"aux", "con", "nul", "prn"}  # no file of that name on Windows, whatever its ending
UNNAMEABLE = re.compile(r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)')
WITH_COMMENTS = {"", ".toml", ".yml", ".yaml", ".example"}


def test_a_render_needs_no_trust() -> None:
    assert not NEEDS_TRUST & set(CONFIGURATION)


def test_no_answer_is_kept_secret_and_then_written_into_files() -> None:
    assert "_secret_questions" not in CONFIGURATION
    assert not [name for name, question in SOURCE.questions.items() if question.get("secret")]


def test_the_border_of_ownership_is_static() -> None:
    assert Ownership(CONFIGURATION["_skip_if_exists"]).is_yours(PurePosixPath("tests/test_x.py"))


def test_a_border_of_ownership_with_jinja_is_refused() -> None:
    with pytest.raises(OwnershipError, match="must be a plain glob"):
        Ownership(["/src/{{ package }}/**"])


@pytest.mark.parametrize("name", SOURCE.questions)
def test_a_question_explains_itself_and_refuses_nonsense(name: str) -> None:
    question = SOURCE.questions[name]

    assert question["help"].endswith(("?", ")"))
    assert "validator" in question or "choices" in question or question["type"] == "int"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_of_the_template_can_be_checked_out_on_windows(file: PurePosixPath) -> None:
    assert not UNNAMEABLE.search(str(file))
    assert not DEVICES & {part.partition(".")[0].lower() for part in file.parts}


@pytest.mark.parametrize("name", sorted(DEVICES))
def test_what_windows_cannot_name_is_refused(name: str) -> None:
    assert "hide" in complaint(SOURCE, "service_name", name)
    assert "choose another" in complaint(SOURCE, "resource", name)


def test_code_that_carries_jinja_is_listed_here() -> None:
    carrying = {unconditional(file) for file in PYTHON if file.suffix == ".jinja"}

    assert sorted(path for path in carrying if path.startswith("src/")) == PYTHON_WITH_JINJA
    assert {path.partition("/")[0] for path in carrying} == {"src", "tests"}


@pytest.mark.parametrize(
    "file", [file for file in PYTHON if file.parts[0] == "tests"], ids=unconditional
)
def test_a_test_of_the_template_names_the_package_and_the_resource_and_no_more(
    file: PurePosixPath,
) -> None:
    text = re.sub("{% raw %}.*?{% endraw %}", "", (ROOT / TEMPLATE / file).read_text(), flags=re.S)

    assert {*re.findall("{[{%].*?[%}]}", text)} <= {"{{ package }}", "{{ noun }}", "{{ nouns }}"}


@pytest.mark.parametrize("file", PYTHON, ids=unconditional)
def test_conditions_live_in_paths_not_in_python(file: PurePosixPath) -> None:
    assert not re.search(r"{%-? *(if|elif|else)\b", (ROOT / TEMPLATE / file).read_text())


@pytest.mark.parametrize(
    "file", [file for file in PYTHON if file.suffix != ".jinja"], ids=unconditional
)
def test_python_without_jinja_is_python(file: PurePosixPath) -> None:
    ast.parse((ROOT / TEMPLATE / file).read_text())


def test_names_of_python_are_refused_as_service_names() -> None:
    beside_os = {file.stem for file in Path(os.__file__).parent.iterdir()}  # `test` is there alone
    names = {*beside_os, *sys.stdlib_module_names}
    modules = {name for name in names if re.fullmatch("[a-z][a-z0-9_]*", name)}

    assert sorted({*modules, *filter(str.islower, keyword.kwlist)} - RESERVED) == []


def test_names_of_what_a_service_is_built_on_are_refused_as_service_names(whole: Path) -> None:
    assert sorted(taken_by(required(whole / "pyproject.toml")) - RESERVED) == []


def test_a_service_named_as_a_private_topic_is_refused() -> None:
    assert "choose another" in complaint(SOURCE, "service_name", "order-service-private")


def test_names_of_python_are_refused_as_nouns() -> None:
    names = {*keyword.kwlist, *keyword.softkwlist, *vars(builtins)}

    assert sorted({name for name in names if name.isalpha() and name.islower()} - NOUNS) == []


def test_names_beside_which_a_slice_stands_are_refused_as_nouns(render: Renders) -> None:
    folder = render(
        {"service_name": "shop", "features": ["database", "events"], "resource": "zebra"}
    )

    code = [text for path, text in texts(folder).items() if path.endswith(".py")]
    files = {file.stem for place in ("src/shop", "tests") for file in (folder / place).iterdir()}
    names = files.union(*(beside("zebra", text) for text in code))
    assert sorted({name for name in names if name[0] != "_"} - NOUNS - {"zebra"}) == []


@pytest.mark.parametrize("noun", ["a", "i", "reference", "value"])
def test_a_noun_whose_plural_sql_reserves_is_refused(noun: str) -> None:
    assert "choose another" in complaint(SOURCE, "resource", noun)


def test_the_version_is_the_one_on_top_of_the_changelog() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert CONFIGURATION["template_version"]["default"] == versions[0]


def test_owned_files_that_allow_comments_say_whose_they_are(whole: Path) -> None:
    ownership = Ownership(CONFIGURATION["_skip_if_exists"])

    unmarked = {
        path
        for path, text in texts(whole).items()
        if PurePosixPath(path).suffix in WITH_COMMENTS
        and not ownership.is_yours(PurePosixPath(path))
        and "Owned by the template" not in text[:200]
    }

    assert unmarked == {".copier-answers.yml", "LICENSE"}  # copier's own words; a legal text
