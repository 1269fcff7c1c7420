"""Whatever the answers: every file can be read, fits together, and comes out the same again."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from answers import answers
from hypothesis import HealthCheck, Phase, given, settings
from imports import missing, read
from packaging.requirements import Requirement
from renders import Renders, content, texts
from requirements import unrequired

from tools import ROOT
from tools.render import Refused, Source

PARSERS: dict[str, Callable[[str], object]] = {
    ".py": read,
    ".toml": tomllib.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".json": json.loads,
}
LONGEST_MODULE = 200
ANSWERS = answers(Source(ROOT))
ANSWER_NAMES = "|".join(name for name in Source(ROOT).configuration if not name.startswith("_"))
LEFT_OVER = re.compile(rf"{{%|{{#-? |{{{{-? *({ANSWER_NAMES}|_copier_\w+)\b")

bounded = settings(
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # eight answers are short as they are drawn
    suppress_health_check=[HealthCheck.too_slow],
)


@settings(bounded, max_examples=20)
@given(said=ANSWERS)
def test_whatever_the_answers_every_file_can_be_read_and_fits_together(
    render: Renders, said: dict[str, Any]
) -> None:
    folder = render(said)

    files = texts(folder)
    shutil.rmtree(folder)
    assert [path for path, text in files.items() if not is_readable(path, text)] == []
    assert [path for path, text in files.items() if not is_tidy(text)] == []
    assert [path for path, text in files.items() if LEFT_OVER.search(text)] == []
    assert list(missing(files)) == []
    assert list(unrequired(files)) == []
    assert set(said.get("dependencies", [])) <= set(requirements(files["pyproject.toml"]))


@settings(bounded, max_examples=8)
@given(said=ANSWERS)
def test_whatever_the_answers_the_same_answers_give_the_same_bytes(
    render: Renders, said: dict[str, Any]
) -> None:
    first, second = render(said), render(said)

    same = content(first) == content(second)

    shutil.rmtree(first)
    shutil.rmtree(second)
    assert same


def test_no_module_of_the_chassis_is_longer_than_200_lines(whole: Path) -> None:
    lengths = {
        str(file.relative_to(whole)): len(file.read_text().splitlines())
        for file in (whole / "src").glob("*/chassis/**/*.py")
    }

    assert len(lengths) > 50
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def requirements(pyproject: str) -> list[str]:
    """The project's dependencies, once each of them is seen to be one."""
    listed: list[str] = tomllib.loads(pyproject)["project"]["dependencies"]
    return [one for one in listed if Requirement(one)]


def is_readable(path: str, text: str) -> bool:
    """Whether the file's own parser takes it."""
    try:
        PARSERS.get(PurePosixPath(path).suffix, str)(text)
    except (SyntaxError, ValueError, yaml.YAMLError):
        return False
    return True


def is_tidy(text: str) -> bool:
    """Whether lines end in one line feed and in nothing else, the last one too."""
    lines = text.split("\n")
    return lines.pop() == "" and all(line == line.rstrip() and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("service_name=Order", "Start with a lower-case letter"),
        ("service_name=order_service", "parted by single dashes"),
        ("service_name=2-orders", "Start with a lower-case letter"),
        ("service_name=order--service", "parted by single dashes"),
        (f"service_name=a{'b' * 63}", "at the most"),
        ("service_name=order\n", "Start with a lower-case letter"),
        ("service_name=redis", "The name redis would hide a module"),
        ("service_name=async", "add a word, like async-service"),
        ("description=", "Write one line of 1 to 200 characters"),
        ('description=the "best" service', "without double quotes"),
        ("description=one\ntwo", "Write one line"),
        ("description=ends in a blank ", "Write one line"),
        ("description={{ port }}", "braces"),
        ("features=[database, teleport]", "Invalid choice for 'features'"),
        ("features=[events]", "Choose database as well"),
        ("resource=Order", "Write a singular noun in lower-case letters"),
        ("resource=class", "The noun class means something"),
        (f"resource={'a' * 21}", "20 at the most"),
        ("port=80", "Choose a port from 1024 to 65535"),
        ("port=many", "invalid literal for int()"),
        ("licence=Beerware", "Invalid choice for 'licence'"),
        ("ci=jenkins", "Invalid choice for 'ci'"),
        ("dependencies=argon2-cffi", "Write a list"),
        ("dependencies=['argon2 cffi']", "is no requirement"),
        ("dependencies=[5]", "5 is no requirement"),
        ("publishes=[shop.order.paid.v1]", "Choose the feature events as well"),
        ("consumes=[user-service/shop.user.deleted.v1]", "Choose the feature events as well"),
        ("test_dependencies=aiosmtpd", "Write a list"),
        ("test_dependencies=['a b']", "a b is no requirement"),
        ("compiled=pricing/*.py", "Write a list"),
        ("compiled=[pricing]", "pricing is no path of modules"),
        ("compiled=['../pricing/*.py']", "as it is below src/<package>/"),
    ],
)
def test_a_bad_answer_is_refused_with_a_sentence(
    render: Renders, answer: str, sentence: str
) -> None:
    require_refusal(render, sentence, answer)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("system=Shop", "Write one word"),
        ("publishes=shop.order.paid.v1", "Write a list"),
        ("publishes=[OrderPaid]", "OrderPaid is no type of an event"),
        ("publishes=[shop.order.paid]", "like shop.order.paid.v1"),
        ("publishes=[shop.order.paid.v1, shop.order.paid.v1]", "Name each type once"),
        ("consumes=[shop.user.deleted.v1]", "does not say whose event it is"),
        ("consumes=[order-service/shop.order.paid.v1]", "is its own event"),
    ],
)
def test_a_bad_answer_about_events_is_refused_with_a_sentence(
    render: Renders, answer: str, sentence: str
) -> None:
    require_refusal(render, sentence, "features=[database, events]", answer)


def test_who_copies_with_a_bad_answer_reads_the_sentence_and_nothing_is_written(
    source: Source, tmp_path: Path
) -> None:
    answers, destination = ["--defaults", "-d", "service_name=redis"], tmp_path / "service"

    copy = subprocess.run(
        [sys.executable, "-m", "copier", "copy", *answers, source.folder, destination],
        capture_output=True,
        text=True,
    )

    assert copy.returncode != 0
    assert "The name redis would hide a module" in copy.stderr
    assert not destination.exists()


def require_refusal(render: Renders, sentence: str, *said: str) -> None:
    """The answers are text, as after `copier copy -d`."""
    answers = dict(one.split("=", 1) for one in said)

    with pytest.raises(Refused, match=re.escape(sentence)):
        render({"service_name": "order-service", **answers})
