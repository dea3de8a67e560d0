"""The command line: ``python -m labkit data``, and ``doctor``, ``record``, ``new``, ``adopt``, ``assignment``.

One function per subcommand: it takes the parsed arguments and returns the exit code.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from labkit.store.errors import DataError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 for success, 1 for a failure that was explained, 2 for bad usage."""
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except (DataError, ValueError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"[red]Error:[/red] {escape(str(error))}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labkit", description="The helper of the CNN Lab Book.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="list the data sets: real or stand-in, where from, size, verified")
    data.set_defaults(run=run_data)
    data_commands = data.add_subparsers(title="data commands", metavar="COMMAND")
    fetch = data_commands.add_parser("fetch", help="get data sets ahead of time")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="which; all of them where none is named")
    fetch.set_defaults(run=run_data_fetch)

    doctor = commands.add_parser("doctor", help="versions, device, profile, data, and what to do about what is missing")
    doctor.set_defaults(run=run_doctor)

    record = commands.add_parser("record", help="make or continue the long run that measures a claim")
    record.add_argument("claims", nargs="+", metavar="CLAIM", help="ids of measured claims, or names of records")
    record.add_argument("--seeds", type=int, default=3, metavar="N", help="how many seeds it should have (default 3)")
    record.set_defaults(run=run_record)

    new = commands.add_parser("new", help="begin a chapter, an exercise or a claim that passes the tests as it is")
    kinds = new.add_subparsers(title="kinds", required=True, metavar="KIND")
    for kind, name, explained in (
        ("chapter", "NAME", "small letters, digits and underscores: box_regression"),
        ("exercise", "NAME", "small letters, digits and hyphens: count-boxes"),
        ("claim", "ID", "a row of the sources, a hyphen, a name: H1-boxes"),
    ):
        begun = kinds.add_parser(kind, help=f"begin {'an' if kind[0] in 'aeiou' else 'a'} {kind}")
        begun.add_argument("number", metavar="NUMBER", help="of the chapter: 18, or 2b")
        begun.add_argument("name", metavar=name, help=explained)
        begun.set_defaults(run=run_new, kind=kind)

    adopt = commands.add_parser("adopt", help="make the book your own: the address that buttons and chapters lead to")
    adopt.add_argument("address", metavar="ADDRESS", help="of your repository: https://github.com/me/my-book")
    adopt.add_argument("--branch", help="the branch or tag that Colab installs labkit from")
    adopt.set_defaults(run=run_adopt)

    assignment = commands.add_parser("assignment", help="write exercises for a class, graded by nbgrader or Otter")
    assignment.add_argument("tasks", nargs="+", metavar="CHAPTER", help="05, or one exercise or project: 09-mirrored")
    assignment.add_argument("--for", dest="platform", required=True, metavar="PLATFORM", help="nbgrader or otter")
    assignment.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a new or an empty one")
    assignment.add_argument("--hints", default="first", metavar="HOW_MANY", help="none, first (default) or all")
    assignment.add_argument("--name", default="assignment", metavar="NAME", help="of the notebook: week-3")
    assignment.add_argument("--seed", type=int, metavar="N", help="makes the same hidden cases again")
    assignment.set_defaults(run=run_assignment)
    return parser


def run_data(_: argparse.Namespace) -> int:
    """List the data sets."""
    from labkit import datasets

    Console().print(_data_table(datasets.status()))
    return 0


def run_data_fetch(arguments: argparse.Namespace) -> int:
    """Fetch the data sets that are named, or all, and list what there is then."""
    from labkit import datasets

    statuses = datasets.fetch(arguments.names or None)
    Console().print(_data_table(statuses))
    return 0


def run_doctor(_: argparse.Namespace) -> int:
    """Examine this installation; fail if something is missing that the course cannot do without."""
    from labkit import datasets, doctor

    console = Console()
    findings = doctor.examine()
    table = Table("", "what", "finding", "what to do", title="This installation")
    for finding in findings:
        sign = (
            "[green]ok[/green]" if finding.fine else "[red]missing[/red]" if finding.needed else "[yellow]note[/yellow]"
        )
        table.add_row(sign, escape(finding.what), escape(finding.found), escape(finding.remedy))
    console.print(table)
    statuses = datasets.status()
    console.print(_data_table(statuses))
    for remedy in map(doctor.data_remedy, statuses):
        if remedy:
            console.print(f"- {remedy}", markup=False, highlight=False, soft_wrap=True)
    return int(any(finding.needed and not finding.fine for finding in findings))


def run_record(arguments: argparse.Namespace) -> int:
    """Run the seeds that the records of these claims are still missing."""
    from labkit.course import recording

    if arguments.seeds < 1:
        raise ValueError(f"--seeds is {arguments.seeds}; allowed is a whole number of at least 1")
    for name in recording.experiments_for(arguments.claims):
        print(recording.run_record(name, range(arguments.seeds)))
    return 0


def run_new(arguments: argparse.Namespace) -> int:
    """Write the beginning of a chapter, an exercise or a claim, and execute its chapter."""
    from labkit.course import scaffold

    write = {"chapter": scaffold.new_chapter, "exercise": scaffold.new_exercise, "claim": scaffold.new_claim}
    for path in write[arguments.kind](arguments.number, arguments.name):
        print(path.relative_to(scaffold.CLONE))
    scaffold.execute(arguments.number)
    return 0


def run_adopt(arguments: argparse.Namespace) -> int:
    """Set the address of the book, and say which files it changed."""
    from labkit.course import adoption

    for path in adoption.adopt(arguments.address, arguments.branch):
        print(path.relative_to(adoption.CLONE))
    return 0


def run_assignment(arguments: argparse.Namespace) -> int:
    """Write an assignment: what students get, and what the teacher keeps."""
    from labkit.course.assignments.writing import write_assignment

    options = {name: getattr(arguments, name) for name in ("hints", "name", "seed")}
    for path in write_assignment(arguments.tasks, arguments.platform, arguments.out, **options):
        print(path)
    return 0


def _data_table(statuses: Sequence) -> Table:
    table = Table(title="Data sets")
    table.add_column("name", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("from", overflow="fold")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("verified", no_wrap=True)
    colours = {"real": "green", "user's data": "cyan", "stand-in": "yellow", "not fetched": "dim"}
    for entry in statuses:
        colour = colours[entry.kind]
        size = f"{entry.size / 1e6:,.1f} MB" if entry.size else "–"
        table.add_row(
            escape(entry.name),
            f"[{colour}]{entry.kind}[/{colour}]",
            escape(entry.source),
            size,
            "yes" if entry.verified else "no" if entry.size else "–",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
