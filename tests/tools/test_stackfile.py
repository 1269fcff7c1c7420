"""stack.yml, read into entries."""

from pathlib import Path

import pytest

from tools.stackfile import Stackfile, StackfileError, read_stackfile

WHOLE = """
defaults: {licence: MIT, ci: none}
shared:
  registry: {description: Who is where, port: 8001, features: []}
services:
  user-service:
    {description: Accounts, port: 8101, resource: user, ci: github, features: [database, registry]}
"""


def read(folder: Path, text: str) -> Stackfile:
    (folder / "stack.yml").write_text(text)
    return read_stackfile(folder)


def test_an_entry_knows_its_name_package_port_and_features(tmp_path: Path) -> None:
    user = read(tmp_path, WHOLE).services[0]

    assert (user.name, user.package) == ("user-service", "user_service")
    assert (user.port, user.features) == (8101, ("database", "registry"))


def test_the_answers_are_the_defaults_then_the_entry_then_the_name(tmp_path: Path) -> None:
    user = read(tmp_path, WHOLE).services[0]

    assert dict(user.answers) == {
        "licence": "MIT",
        "ci": "github",
        "description": "Accounts",
        "port": 8101,
        "resource": "user",
        "features": ["database", "registry"],
        "service_name": "user-service",
    }


def test_features_may_be_the_same_for_all(tmp_path: Path) -> None:
    text = "{defaults: {features: [registry]}, services: {a: {port: 1}, b: {port: 2}}}"

    assert [entry.features for entry in read(tmp_path, text).entries] == [("registry",)] * 2


def test_an_entry_s_environment_is_that_of_all_and_its_own(tmp_path: Path) -> None:
    text = """
    defaults: {features: [], environment: {KEYS: "{url:a}/keys", LEVEL: "1"}}
    services: {a: {port: 1, environment: {LEVEL: "2", MORE: "3"}}, b: {port: 2}}
    """

    a, b = read(tmp_path, text).services

    assert dict(a.environment) == {"KEYS": "{url:a}/keys", "LEVEL": "2", "MORE": "3"}
    assert dict(b.environment) == {"KEYS": "{url:a}/keys", "LEVEL": "1"}


def test_shared_services_are_at_the_root_and_the_others_among_the_examples(tmp_path: Path) -> None:
    folders = [entry.folder for entry in read(tmp_path, WHOLE).entries]

    assert folders == [tmp_path / "registry", tmp_path / "generated-examples" / "user-service"]


@pytest.mark.parametrize("said", ["x.y.z.v1", "a/x.y.z.v1"])
def test_who_consumes_an_event_is_rendered_with_the_name_of_its_publisher(
    tmp_path: Path, said: str
) -> None:
    publisher = "a: {port: 1, features: [], publishes: [x.y.z.v1]}"
    consumer = f"b: {{port: 2, features: [], consumes: [{said}]}}"

    reader = read(tmp_path, f"services: {{{publisher}, {consumer}}}").services[1]

    assert reader.consumes == ("a/x.y.z.v1",)
    assert reader.answers["consumes"] == ["a/x.y.z.v1"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a", "stack.yml: must be a table of names and values"),
        ("service: {}", "stack.yml: unknown key 'service'"),
        ("services: [a]", "services: must be a table of names and values"),
        ("services: {a: 1}", "services.a: must be a table of names and values, not 1"),
        ("services: {a: {features: []}}", "services.a: port must be a number from 1 to 65535"),
        ("services: {a: {port: 0, features: []}}", "services.a: port must be a number"),
        ("services: {a: {port: 1, features: x}}", "services.a: features must be a list of names"),
        (
            "services: {a: {port: 1, features: []}, b: {port: 1, features: []}}",
            "b: port 1 is already a's",
        ),
        (
            "{shared: {a: {port: 1, features: []}}, services: {a: {port: 2, features: []}}}",
            "a: there are two entries of that name",
        ),
        ("services: {", "stack.yml is not YAML"),
        (
            "services: {a: {port: 1, features: [], publishes: x.y.z.v1}}",
            "services.a: publishes must be a list of names, not 'x.y.z.v1'",
        ),
        (
            "services: {a: {port: 1, features: [], consumes: [x.y.z.v1]}}",
            "a consumes x.y.z.v1, which nobody publishes",
        ),
        (
            "services: {a: {port: 1, features: [], publishes: [x.y.z.v1]},"
            " b: {port: 2, features: [], publishes: [x.y.z.v1]}}",
            "x.y.z.v1 is published by a and b: a type has one publisher",
        ),
        (
            "services: {a: {port: 1, features: [], publishes: [x.y.z.v1, x.y.z.v1]}}",
            "x.y.z.v1 is published by a twice",
        ),
        (
            "services: {a: {port: 1, features: [], publishes: [x.y.z.v1]},"
            " b: {port: 2, features: [], consumes: [c/x.y.z.v1]}}",
            "b consumes x.y.z.v1 of c, but a publishes it",
        ),
        ("outside: {mail: {beside: b, module: m, ports: {http: 1}}}", "outside.mail: beside must"),
        ("seed: a b", "seed must be a Python module's name, not 'a b'"),
        ("outside: {mail: {command: m}}", "outside.mail: unknown key 'command'"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_entry(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(StackfileError) as raised:
        read(tmp_path, text)

    assert sentence in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StackfileError, match=r"there is no stack\.yml"):
        read_stackfile(tmp_path)
