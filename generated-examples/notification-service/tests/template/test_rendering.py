"""A template can do nothing but say what it is given."""

import pytest

from notification_service.chassis.errors import Fault
from notification_service.template.kinds import sample_of
from notification_service.template.models import Sources, TemplateError
from notification_service.template.rendering import render

SAMPLE = sample_of("paid")


def faults_of(sources: Sources) -> list[Fault]:
    with pytest.raises(TemplateError) as refused:
        render(sources, SAMPLE)
    faults = refused.value.extensions["errors"]
    assert isinstance(faults, list)
    return faults


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ colour }}", "'colour' is undefined"),
        ("{{ display_name.colour }}", "has no attribute 'colour'"),
        ("one\n{% if %}", "line 2: Expected an expression"),
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ lines.append(1) }}", "access to attribute 'append' of 'list' object is unsafe"),
        ("{{ 'x' * 10000000000 }}", "templates do not calculate: * is not allowed"),
        ("{{ '%10000000000d' % 1 }}", "templates do not calculate: % is not allowed"),
        ("{% for i in range(9) %}{% endfor %}", "'range' is undefined"),
        ("{{ number | center(10000000000) }}", "No filter named 'center'"),
        ("{{ number / 2 }}", "unsupported operand type"),
        ("{% include 'settings.py' %}", "no loader for this environment"),
    ],
)
def test_what_does_more_is_refused(text: str, message: str) -> None:
    [fault] = faults_of(Sources(subject="Paid", text=text))

    assert fault.pointer == "/text"
    assert message in fault.message


def test_every_part_that_does_not_work_is_named() -> None:
    faults = faults_of(Sources(subject="{{ a }}", text="{{ b }}", html="{{ c }}"))

    assert [fault.pointer for fault in faults] == ["/subject", "/text", "/html"]


def test_a_mail_without_html_is_plain_text() -> None:
    assert render(Sources(subject="Paid", text="Paid"), SAMPLE).html is None
