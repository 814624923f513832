"""The files of a folder that a user names, and what else it holds."""

from collections.abc import Collection, Iterator
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.inputs.intake import Intake


def input_files(place: Path, endings: Collection[str], intake: Intake, *, nested: bool = False) -> list[Path]:
    """Return the files with some endings in a folder, by name; everything else in it is recorded as skipped.

    Args:
        place: the folder, or a single file, which is returned whatever it is called.
        endings: of the files to read, such as ``.csv`` or ``.json.gz``, in lower case.
        intake: takes what is skipped: hidden files and folders, and files of other kinds.
        nested: whether folders within are read as well.

    Raises:
        SatledgerError: the place does not exist, a folder cannot be read, or a link leads out of the folder that was
            named.
    """
    try:
        if place.is_file():
            return [place]
        if not place.exists():
            kinds = " or ".join(endings)
            raise SatledgerError(
                f"There is nothing at {place}: set {intake.setting} to a {kinds} file, or to a folder of them."
            )
        return list(_below(place, place.resolve(), endings, intake, nested=nested)) if place.is_dir() else []
    except OSError as error:
        raise SatledgerError(
            f"The {intake.what} in {error.filename} cannot be read ({error.strerror}): check who may read the folder."
        ) from None


def _below(folder: Path, root: Path, endings: Collection[str], intake: Intake, *, nested: bool) -> Iterator[Path]:
    kinds = " or ".join(endings)
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            intake.leave_file(path, "hidden")
        elif path.is_symlink() and path.exists() and not path.resolve().is_relative_to(root):
            # Folders are often clones of other people's repositories, whose links could point to any file of this
            # machine.
            raise SatledgerError(
                f"{path} is a link out of the folder {root}: put a copy of what it leads to in its place, or set "
                f"{intake.setting} to where it leads."
            )
        elif path.is_symlink() and path.is_dir():
            # The linked folder's files are read in their own place, and a link to a parent folder would make a loop.
            intake.leave_file(path, "a link to another folder")
        elif path.is_dir():
            if nested:
                yield from _below(path, root, endings, intake, nested=True)
            else:
                intake.leave_file(path, "a folder: files are read from the folder above it only")
        elif path.exists() and not path.is_file():
            intake.leave_file(path, "no file, but a pipe or a device")
        elif path.name.lower().endswith(tuple(endings)):
            yield path
        else:
            intake.leave_file(path, f"no {kinds} file")
