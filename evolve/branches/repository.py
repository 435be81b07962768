"""A person's git repository, read and written as objects and refs alone: nothing is ever checked out.

All of it goes through GitPython's list arguments, with an environment free of `GIT_*`, hooks and signing off, so that
the person's files, index, stash, hooks, worktrees and half-finished merges are out of reach.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from escs.runtime.errors import EscsError, UsageError

LEAST_GIT = (2, 38)
AUTHOR = "escs"
EMAIL = "escs@localhost"
_OFF = (
    "core.hooksPath=/dev/null",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "log.showSignature=false",
)
_BLOBS = ("100644", "100755", "100664")


class GitError(EscsError):
    """git refused something that escs asked of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree."""

    mode: str
    kind: str  # blob, tree or commit (a submodule)
    oid: str
    name: bytes

    @property
    def line(self) -> bytes:
        """As `git mktree -z` reads it."""
        return f"{self.mode} {self.kind} {self.oid}\t".encode() + self.name + b"\0"


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Without `GIT_*`: a person's exported GIT_DIR or GIT_INDEX_FILE is about their work, not about ours."""
    kept = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("GIT_")}
    os.environ["GIT_OPTIONAL_LOCKS"] = "0"
    os.environ["GIT_TERMINAL_PROMPT"] = "0"
    try:
        yield
    finally:
        del os.environ["GIT_OPTIONAL_LOCKS"], os.environ["GIT_TERMINAL_PROMPT"]
        os.environ.update(kept)


class Repository:
    """The repository that holds a bank's folder."""

    def __init__(self, bank: Path) -> None:
        """Find it. Raises `UsageError` where the bank is in none, `GitError` where git is missing or too old."""
        self.bank = bank
        if not bank.is_dir():
            raise UsageError(f"There is no bank at {bank}; `escs init DIR` makes one in a git repository.")
        self.top = bank.resolve()
        version = self.run("version").decode()
        numbers = re.search(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < LEAST_GIT:
            raise GitError(f"{version.strip()} is too old: git 2.38 or later is needed; install it and run this again.")
        status, out, said = self.ask("rev-parse", "--show-toplevel", "--show-prefix", "--git-common-dir")
        if status:
            if "dubious ownership" in said:
                raise GitError(
                    f"git does not trust {bank}: it belongs to somebody else; see `git help config`, safe.directory."
                )
            raise UsageError(f"The bank {bank} is in no git repository; `escs init DIR` makes a bank that is in one.")
        top, prefix, common = os.fsdecode(out).split("\n")[:3]
        self.folder = tuple(part for part in prefix.split("/") if part)
        """The bank's folder within the repository; empty where the bank is the whole of it."""
        self.common = (self.top / common).resolve()  # given relative to where git ran
        self.top = Path(top)

    def ask(self, *args: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> tuple[int, bytes, str]:  # fmt: skip
        """Run git: its exit code, what it printed, and what it said on stderr."""
        try:
            import git
        except ImportError as error:  # GitPython refuses to import where there is no git program
            raise GitError("git was not found; install git 2.38 or later, then run this again.") from error
        command = ["git", *(part for setting in _OFF for part in ("-c", setting)), *args]
        with tempfile.TemporaryFile() as stdin, _clean_environment():
            stdin.write(given)
            stdin.seek(0)
            try:
                status, out, said = git.cmd.Git(self.top).execute(
                    command, istream=stdin, with_extended_output=True, with_exceptions=False, stdout_as_string=False,
                    strip_newline_in_stdout=False, env=dict(environment or {}),
                )  # fmt: skip
            except git.GitCommandNotFound as error:
                raise GitError("git was not found; install git 2.38 or later, then run this again.") from error
        return int(status), bytes(out), said if isinstance(said, str) else said.decode("utf-8", errors="replace")

    def run(self, *args: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Run git. Raises `GitError` with its last line where it fails."""
        status, out, said = self.ask(*args, given=given, environment=environment)
        if status:
            lines = [line for line in said.splitlines() if line.strip()]
            raise GitError(f"git {args[0]} failed: {lines[-1] if lines else f'exit {status}'}")
        return out

    def commit_of(self, revision: str) -> str:
        """The commit that a person's words name; a branch that only one remote has is found as `git switch` finds it.

        Raises `UsageError` where there is none.
        """
        if commit := self._commit(revision):
            return commit
        remote = [name for name in self.refs("refs/remotes") if name.split("/", 3)[3:] == [revision]]
        if len(remote) == 1:
            return self._commit(remote[0])
        raise UsageError(f"There is no branch or commit {revision!r} in {self.top}; `git branch` lists the branches.")

    def _commit(self, revision: str) -> str:
        status, out, _ = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return "" if status else out.decode().strip()

    def ref(self, name: str) -> str:
        """What a full ref name points at; "" where there is no such ref."""
        status, out, _ = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return "" if status else out.decode().strip()

    def refs(self, prefix: str) -> dict[str, str]:
        """All refs below a prefix, with what they point at."""
        out = self.run("for-each-ref", "--format=%(refname) %(objectname)", prefix).decode("utf-8", errors="replace")
        return dict(line.rsplit(" ", 1) for line in out.splitlines())

    def bank_tree(self, commit: str) -> str:
        """The tree of the bank's folder at a commit. Raises `UsageError` where the commit has no such folder."""
        path = "/".join(self.folder)
        status, out, _ = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:{path}")
        tree = out.decode().strip()
        if status or self.run("cat-file", "-t", tree).decode().strip() != "tree":
            raise UsageError(f"The commit {commit[:12]} has no folder {path}; commit the bank first.")
        return tree

    def entries(self, tree: str) -> list[Entry]:
        """The entries of one tree, in its order."""
        found = []
        for line in self.run("ls-tree", "-z", "--full-tree", tree).split(b"\0"):
            if line:
                head, _, name = line.partition(b"\t")
                mode, kind, oid = head.decode().split()
                found.append(Entry(mode, kind, oid, name))
        return found

    def files(self, tree: str) -> dict[str, bytes]:
        """All plain files of a tree, by path; links, submodules and unprintable or outward names are left out."""
        listed: list[tuple[str, str]] = []
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
            if not line:
                continue
            head, _, name = line.partition(b"\t")
            mode, _, oid = head.decode().split()
            path = os.fsdecode(name)
            if mode in _BLOBS and _harmless(path):
                listed.append((path, oid))
        return dict(zip([path for path, _ in listed], self.blobs([oid for _, oid in listed]), strict=True))

    def blobs(self, oids: Sequence[str]) -> list[bytes]:
        """The contents of blobs, in order. Raises `GitError` where one is missing."""
        out = self.run("cat-file", "--batch", given="".join(f"{oid}\n" for oid in oids).encode()) if oids else b""
        found, at = [], 0
        for oid in oids:
            end = out.index(b"\n", at)
            head = out[at:end].decode().split()
            if len(head) != 3:
                raise GitError(f"The object {oid} is missing from the repository; `git fsck` says more.")
            size = int(head[2])
            found.append(out[end + 1 : end + 1 + size])
            at = end + 2 + size
        return found

    def unpack(self, tree: str, into: Path) -> Path:
        """Write a tree's plain files into a folder of ours."""
        for path, data in self.files(tree).items():
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        into.mkdir(parents=True, exist_ok=True)
        return into

    def blob(self, data: bytes) -> str:
        """Store a blob."""
        return self.run("hash-object", "-w", "--stdin", "--no-filters", given=data).decode().strip()

    def tree_with(self, tree: str, changes: Mapping[str, bytes | None]) -> str:
        """The tree with files put in (bytes) or taken out (None), everything else as it was. "" stands for no tree."""
        here: dict[bytes, Entry] = {entry.name: entry for entry in self.entries(tree)} if tree else {}
        below: dict[str, dict[str, bytes | None]] = {}
        for path, data in changes.items():
            first, _, rest = path.partition("/")
            if rest:
                below.setdefault(first, {})[rest] = data
            elif data is None:
                here.pop(os.fsencode(first), None)
            else:
                old = here.get(os.fsencode(first))
                mode = old.mode if old is not None and old.mode in _BLOBS else "100644"
                here[os.fsencode(first)] = Entry(mode, "blob", self.blob(data), os.fsencode(first))
        for name, inner in below.items():
            old = here.get(os.fsencode(name))
            made = self.tree_with(old.oid if old is not None and old.kind == "tree" else "", inner)
            if self.entries(made):
                here[os.fsencode(name)] = Entry("040000", "tree", made, os.fsencode(name))
            else:
                here.pop(os.fsencode(name), None)
        return self._tree([*here.values()])

    def _tree(self, entries: Sequence[Entry]) -> str:
        # --missing: a submodule's commit is not here, and need not be
        return self.run("mktree", "-z", "--missing", given=b"".join(entry.line for entry in entries)).decode().strip()

    def root_with(self, commit: str, bank_tree: str) -> str:
        """The root tree of a commit with the bank's folder replaced."""

        def replaced(tree: str, parts: Sequence[str]) -> str:
            if not parts:
                return bank_tree
            name = os.fsencode(parts[0])
            entries = {entry.name: entry for entry in self.entries(tree)} if tree else {}
            inner = entries[name].oid if name in entries and entries[name].kind == "tree" else ""
            entries[name] = Entry("040000", "tree", replaced(inner, parts[1:]), name)
            return self._tree([*entries.values()])

        return replaced(self.run("rev-parse", f"{commit}^{{tree}}").decode().strip(), self.folder)

    def commit(self, tree: str, parents: Sequence[str], message: str, *, date: str, mine: bool = True) -> str:
        """Store a commit. `date` as git reads it; `mine` False takes the person's own name and their settings' address."""
        environment = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        if mine:
            for who in ("AUTHOR", "COMMITTER"):
                environment |= {f"GIT_{who}_NAME": AUTHOR, f"GIT_{who}_EMAIL": EMAIL}
        joined = [part for parent in parents for part in ("-p", parent)]
        made = self.run("commit-tree", *joined, "-F", "-", tree, given=message.encode(), environment=environment)
        return made.decode().strip()

    def publish(self, name: str, new: str, old: str, *, why: str) -> None:
        """Point a ref at a commit; `old` is what it must point at now ("" for a new ref). Raises `GitError` if it moved."""
        nothing = "0" * len(new)
        self.run("update-ref", "-m", why, "--no-deref", name, new, old or nothing)

    def publish_all(self, moves: Iterable[tuple[str, str, str]], *, why: str) -> None:
        """Move refs, all or none: of each its name, the commit that it is to point at ("" takes the ref away), and what it
        points at now ("" for a new ref). Raises `GitError` if one moved."""
        lines = []
        for name, new, old in moves:
            nothing = "0" * len(new or old)
            lines.append(f"update {name} {new or nothing} {old or nothing}\n")
        self.run("update-ref", "-m", why, "--no-deref", "--stdin", given="".join(lines).encode())

    def date(self, commit: str) -> str:
        """A commit's date, as git reads and writes it: what is made from it is the same whenever it is made."""
        return self.run("log", "-1", "--format=%cd", "--date=raw", "--end-of-options", commit).decode().strip()

    def message(self, commit: str) -> str:
        """A commit's message."""
        return self.run("log", "-1", "--format=%B", "--end-of-options", commit).decode("utf-8", errors="replace")

    def parents(self, commit: str) -> list[str]:
        """A commit's parents."""
        return self.run("log", "-1", "--format=%P", "--end-of-options", commit).decode().split()

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether a commit is another's ancestor, or the same."""
        return self.ask("merge-base", "--is-ancestor", older, newer)[0] == 0


def now() -> str:
    """The present moment as git reads it, for what a person does themselves."""
    return f"{int(time.time())} +0000"


def _harmless(path: str) -> bool:
    parts = path.split("/")
    return path.isprintable() and not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
