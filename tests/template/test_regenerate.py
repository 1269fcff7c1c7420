"""Every change in a service is either the user's, and survives, or is found, and healed."""

from pathlib import Path

from repository import ERRORS, MODELS, ORDERS, REGISTRY, STACK, TEMPLATE_ERRORS, Repository


def test_a_check_of_what_is_in_order_says_so_and_touches_nothing(repository: Repository) -> None:
    before = repository.state()

    said = repository.check()

    assert (said.code, len(said.lines)) == (0, 1)
    assert said.lines[0].startswith("1 service, ")
    assert said.lines[0].endswith(" yours, 0 drifts")
    assert repository.state() == before


def test_what_is_in_order_is_not_written_again(repository: Repository) -> None:
    before = repository.state()

    said = repository.regenerate()

    assert said.lines[0].endswith(" yours, 0 changes")
    assert repository.state() == before


def test_a_check_that_finds_something_changes_nothing(repository: Repository) -> None:
    repository.write(ERRORS, "")
    (repository.root / ORDERS / "Dockerfile").unlink()
    repository.write(f"{ORDERS}/stray.txt", "stray\n")
    before = repository.state()

    said = repository.check()

    assert (said.code, said.lines[-1][-8:]) == (1, "3 drifts")
    assert repository.state() == before


def test_a_hand_edit_of_an_owned_file_is_found_with_its_line_and_healed(
    repository: Repository,
) -> None:
    good = repository.read(ERRORS)
    repository.write(ERRORS, good + "HACK = 1\n")

    said = repository.check()
    repository.regenerate()

    assert said.code == 1
    assert said.lines[:2] == [f"drift    {ERRORS}", "         -HACK = 1"]
    assert repository.read(ERRORS) == good
    assert repository.check().code == 0


def test_line_ends_alone_are_a_drift_too(repository: Repository) -> None:
    repository.write(ERRORS, repository.read(ERRORS).replace("\n", "\r\n"))

    said = repository.check()

    assert said.lines[:2] == [f"drift    {ERRORS}", "         differs in line ends only"]


def test_the_code_of_the_user_survives(repository: Repository) -> None:
    repository.write(MODELS, "mine = True\n")
    repository.write(f"{ORDERS}/src/order_service/pricing/vat.py", "VAT = 19\n")
    repository.write(f"{ORDERS}/tests/test_vat.py", "")
    repository.write(f"{ORDERS}/migrations/0002_vat.sql", "")
    before = repository.state()

    checked, written = repository.check(), repository.regenerate()

    assert (checked.code, written.code) == (0, 0)
    assert repository.state() == before


def test_a_seed_that_the_user_deleted_stays_deleted(repository: Repository) -> None:
    (repository.root / MODELS).unlink()

    checked, written = repository.check(), repository.regenerate()

    assert (checked.code, written.code) == (0, 0)
    assert not (repository.root / MODELS).exists()


def test_an_orphan_is_found_and_removed_with_the_folder_it_leaves_empty(
    repository: Repository,
) -> None:
    orphan = f"{ORDERS}/src/order_service/chassis/old/stray.py"
    repository.write(orphan, "")
    repository.write(f"{ORDERS}/src/order_service/chassis/old/__pycache__/stray.pyc", "")

    said = repository.check()
    repository.regenerate()

    assert (said.code, said.lines[0]) == (1, f"orphan   {orphan}")
    assert not (repository.root / orphan).parent.exists()
    assert repository.check().code == 0


def test_a_change_of_the_template_is_found_in_every_service(repository: Repository) -> None:
    repository.write("stack.yml", STACK + REGISTRY)
    repository.regenerate()
    repository.write(TEMPLATE_ERRORS, repository.read(TEMPLATE_ERRORS) + "# new\n")

    said = repository.check()
    repository.regenerate()

    assert [line for line in said.lines if line.endswith("chassis/errors.py")] == [
        "drift    registry/src/registry/chassis/errors.py",
        f"drift    {ERRORS}",
    ]
    assert repository.read(ERRORS).endswith("# new\n")
    assert repository.check().code == 0


def test_a_change_of_a_seed_in_the_template_is_no_news_for_a_service(
    repository: Repository,
) -> None:
    seed = "template/src/{{ package }}/settings.py"
    repository.write(seed, repository.read(seed) + "# new\n")

    assert repository.check().code == 0


def test_a_file_that_the_template_gives_up_is_removed(repository: Repository) -> None:
    (repository.root / TEMPLATE_ERRORS).unlink()

    said = repository.check()
    repository.regenerate()

    assert said.lines[0] == f"orphan   {ERRORS}"
    assert not (repository.root / ERRORS).exists()
    assert repository.check().code == 0


def test_a_deleted_file_of_the_template_is_found_and_comes_back(repository: Repository) -> None:
    (repository.root / ORDERS / "Dockerfile").unlink()

    said = repository.check()
    repository.regenerate()

    assert (said.code, said.lines[0]) == (1, f"missing  {ORDERS}/Dockerfile")
    assert (repository.root / ORDERS / "Dockerfile").exists()


def test_an_executable_bit_is_found_and_taken_away(repository: Repository) -> None:
    (repository.root / ERRORS).chmod(0o755)

    said = repository.check()
    repository.regenerate()

    assert said.lines[:2] == [
        f"drift    {ERRORS}",
        "         is executable; the template says otherwise",
    ]
    assert not (repository.root / ERRORS).stat().st_mode & 0o111


def test_a_link_in_the_place_of_a_file_is_replaced_and_its_target_stays(
    repository: Repository, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (repository.root / ERRORS).unlink()
    (repository.root / ERRORS).symlink_to(target)

    said = repository.check()
    repository.regenerate()

    assert said.lines[1] == "         is a link; the template has a file"
    assert not (repository.root / ERRORS).is_symlink()
    assert target.read_text() == "mine"
