"""The services are those of stack.yml, with its answers, wherever the repository lies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import CART, MODELS, ORDERS, REGISTRY, STACK, Repository, commit, git

from tools import ROOT
from tools.render import ANSWERS


def test_a_changed_answer_is_found_and_rendered(repository: Repository) -> None:
    repository.replace("stack.yml", "port: 8103", "port: 9103")

    said = repository.check()
    repository.regenerate()

    assert "         -port: 8103" in said.lines
    assert "         +port: 9103" in said.lines
    assert "port = 9103" in repository.read(f"{ORDERS}/pyproject.toml")


def test_a_feature_that_is_given_up_takes_its_files_along_and_leaves_the_users(
    repository: Repository,
) -> None:
    repository.replace("stack.yml", "[database, registry]", "[registry]")

    repository.regenerate()

    assert not (repository.root / ORDERS / "src/order_service/chassis/database").exists()
    assert (repository.root / MODELS).exists()
    assert repository.check().code == 0


def test_a_service_that_is_not_in_the_stack_is_found_and_left_alone(
    repository: Repository,
) -> None:
    repository.write("generated-examples/old-service/app.py", "")

    checked, written = repository.check(), repository.regenerate()

    assert checked.code == 1
    assert checked.lines[0].startswith("stray    generated-examples/old-service/ is not in stack")
    assert written.code == 0
    assert (repository.root / "generated-examples/old-service/app.py").exists()


def test_a_new_service_is_rendered_with_its_seeds(repository: Repository) -> None:
    repository.write("stack.yml", STACK + CART)

    said = repository.check()
    repository.regenerate()

    assert said.code == 1
    assert said.lines[0].startswith("new      generated-examples/cart-service/ with ")
    assert repository.read("generated-examples/cart-service/src/cart_service/cart/models.py")
    assert repository.check().code == 0


def test_the_first_render_leaves_what_the_user_has_written_before_it(
    repository: Repository,
) -> None:
    repository.write("stack.yml", STACK + CART)
    repository.write("generated-examples/cart-service/README.md", "mine\n")

    repository.regenerate()

    assert repository.read("generated-examples/cart-service/README.md") == "mine\n"
    assert repository.check().code == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("port: 8103", "port: 80", "order-service: Validation error for question 'port': Choose a"),
        ("[database, registry]", "[teleport]", "order-service: Invalid choice for 'features'"),
        ("port: 8103", "port: 8103, prot: 1", "order-service: nothing asks for 'prot'; the quest"),
        ("port: 8103", "port: 8103, package: x", "order-service: nothing asks for 'package'; the"),
        (
            "port: 8103",
            "port: 8103, consumes: [shop.item.sold.v1]",
            "order-service consumes shop.item.sold.v1, which nobody publishes",
        ),
        ("  order-service:", "  Order:", "Order: Validation error for question 'service_name'"),
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_is_written(
    repository: Repository, old: str, new: str, sentence: str
) -> None:
    repository.write("stack.yml", STACK + CART)
    repository.replace("stack.yml", old, new)
    before = repository.state()

    said = repository.regenerate()

    assert (said.code, said.lines) == (2, [])
    assert said.error.startswith(sentence)
    assert repository.state() == before


def test_a_border_of_ownership_with_jinja_is_refused(repository: Repository) -> None:
    repository.replace("copier.yml", "  - /src/*/**", '  - "/src/{{ package }}/**"')

    said = repository.check()

    assert said.code == 2
    assert "'/src/{{ package }}/**' must be a plain glob" in said.error


def test_only_the_named_services_are_looked_at(repository: Repository) -> None:
    repository.write("stack.yml", STACK + CART)
    repository.write("generated-examples/old-service/app.py", "")

    orders, carts = repository.check("order-service"), repository.check("cart-service")

    assert (orders.code, carts.code) == (0, 1)
    assert orders.lines[0].startswith("1 service, ")


def test_an_unknown_name_is_answered_with_the_known_ones(repository: Repository) -> None:
    said = repository.check("orders")

    assert said.code == 2
    assert said.error == "no service 'orders' in stack.yml; there are order-service\n"


def test_commits_and_tags_make_nothing_stale(repository: Repository) -> None:
    commit(repository.root)
    git(repository.root, "tag", "v9.9.9")
    commit(repository.root)

    assert repository.check().code == 0


def test_a_shallow_clone_without_tags_is_enough(repository: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    options = ["--quiet", "--depth", "1", "--no-tags"]
    git(tmp_path, "clone", *options, repository.root.as_uri(), str(clone))

    assert Repository(clone, repository.capsys).check().code == 0


def test_a_hook_of_git_can_run_the_check(repository: Repository) -> None:
    shutil.copytree(ROOT / "tools", repository.root / "tools")

    check = subprocess.run(
        [sys.executable, "-m", "tools.regenerate", "--check"],
        cwd=repository.root,
        env={**os.environ, "GIT_DIR": str(repository.root / ".git")},  # as in a linked work tree
        capture_output=True,
        text=True,
    )

    assert check.stderr == ""
    assert check.stdout.endswith(" 0 drifts\n")


def test_the_answers_lead_to_the_template_and_to_no_commit(repository: Repository) -> None:
    repository.write("stack.yml", STACK + REGISTRY)

    repository.regenerate()

    orders, registry = (
        repository.read(f"{ORDERS}/{ANSWERS}"),
        repository.read(f"registry/{ANSWERS}"),
    )
    assert "\n_src_path: ../..\n" in orders
    assert "\n_src_path: ..\n" in registry
    assert "_commit" not in orders + registry


def test_a_terminal_gets_colours_and_its_owner_can_refuse_them(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    coloured = repository.check()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = repository.check()

    assert "\x1b[" in coloured.lines[0]
    assert "\x1b[" not in plain.lines[0]
