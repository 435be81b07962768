"""The bank: a folder of skills that is looked at again before every turn, so that an edited file is seen at once."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from escs.runtime.bank.complaint import Complaint
from escs.runtime.bank.entry import Entry
from escs.runtime.bank.index import Signature, open_index, pack, pack_complaints, unpack, unpack_complaints
from escs.runtime.bank.skill import Skill
from escs.runtime.errors import BankError
from escs.runtime.figures import Figures, figures_of

SKILL_FILE = "SKILL.md"
FOLDERS_LIMIT = 20_000  # of one bank
_MATCHES = 200_000  # of words with skills, that a frozen bank remembers
_KEPT = 256  # skills that stay unpacked
_RACY = 50_000_000  # nanoseconds: a file changed this recently may change again within one tick of its clock
_READ_LIMIT = 64 * 1024 + 1  # one byte more than a file may have, so that "too large" is seen without reading it all

_Match = tuple[tuple[int, str], float]
"""Row and folder of a skill, and how well it matches."""


class Bank:
    """A folder of skills, `ROOT/NAME/SKILL.md`.

    A file that cannot be read or parsed is complained of and left out; where it was good while the bank was open, that
    version stays in use until the file is mended. Nothing outside the folder is ever read: links that lead out are refused.
    """

    def __init__(self, root: Path, *, cached: bool = True, frozen: bool = False) -> None:
        """Open the bank; `frozen` where nobody edits it while it is open, so that its files are looked at once."""
        self.root = root
        self._frozen = False
        self.entries: dict[str, Entry] = {}  # by name
        self.generation = 0  # counts the changes seen, for whoever derives things from the entries
        self.changed: tuple[Path, ...] = ()  # the files that the last look found changed in their text
        self._folders: dict[str, str] = {}  # folder → path of its SKILL.md
        self._signatures: dict[str, Signature] = {}
        self._by_folder: dict[str, Entry] = {}
        self._complaints: dict[str, list[Complaint]] = {}
        self._loaded: dict[str, Skill] = {}  # unpacked skills, by name
        self._matches: dict[str, list[_Match]] = {}  # of a frozen bank, by word
        self._remembered = 0
        self._figures: Figures | None = None
        self._root_signature: tuple[int, int] | None = None
        self._root_fd = -1
        self._opening = True  # what the index remembers of a file that is broken now is no version of this bank
        self._check_root()
        self._db = open_index(root, cached=cached)
        self._remember()
        self.refresh()
        self._opening = False
        self._frozen = frozen

    @property
    def complaints(self) -> list[Complaint]:
        """What is wrong with the files, as far as loading noticed; `lint` looks closer."""
        return [complaint for folder in sorted(self._complaints) for complaint in self._complaints[folder]]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def _check_root(self) -> None:
        if not self.root.exists():
            raise BankError(f"There is no bank at {self.root}; `escs init DIR` makes one, `--bank DIR` names another.")
        if not self.root.is_dir():
            raise BankError(f"{self.root} is a file; a bank is a folder of skills.")
        try:
            os.listdir(self.root)
        except OSError as error:
            raise BankError(
                f"The bank {self.root} cannot be read ({error.strerror}); check its permissions."
            ) from error

    def _remember(self) -> None:
        for folder, signature, head, complaints in self._db.execute(
            "SELECT folder, signature, head, complaints FROM skills"
        ):
            path = self.root / folder / SKILL_FILE
            self._signatures[folder] = tuple(map(int, signature.split()))  # type: ignore[assignment]
            self._complaints[folder] = unpack_complaints(complaints, path)
            if head:
                self._by_folder[folder] = Entry.unpack(head, folder, path)
        self._name_entries()

    def refresh(self) -> bool:
        """Look at the files again; True where something changed."""
        self.changed = ()
        if self._frozen:
            return False
        listed = self._list_folders()
        changed: dict[str, Signature | None] = {}
        signatures, look, root = self._signatures, os.stat, self._root_fd
        for folder, path in self._folders.items():
            try:
                found = look(path, dir_fd=root)  # a short path from the bank's folder is quicker to walk
            except OSError:
                if folder in signatures or folder not in self._complaints:
                    changed[folder] = None
                continue
            signature = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if signatures.get(folder) != signature:
                changed[folder] = signature
        known = (*signatures, *self._complaints) if listed else ()
        gone = [folder for folder in known if folder not in self._folders]
        if not changed and not gone:
            return False
        self._update(changed, set(gone))
        return True

    def _list_folders(self) -> bool:
        """Find the skills' folders again where the bank's own folder has changed; True where it was looked at."""
        try:
            found = os.stat(self.root)
            signature = (found.st_mtime_ns, found.st_ino)
            racy = time.time_ns() - found.st_mtime_ns < _RACY
            if signature == self._root_signature:
                return False
            folders = {}
            with os.scandir(self.root) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if not entry.name.isprintable():
                        shown = ascii(entry.name)[1:-1]
                        self._complaints[shown] = [_odd_name(self.root, shown)]
                        folders[shown] = ""
                    elif entry.is_symlink() and not self._inside(Path(entry.path)):
                        self._complaints[entry.name] = [_leads_out(Path(entry.path))]
                        folders[entry.name] = ""
                    elif entry.is_dir():
                        folders[entry.name] = f"{entry.name}/{SKILL_FILE}"
                    if len(folders) > FOLDERS_LIMIT:
                        raise BankError(f"The bank {self.root} has more than {FOLDERS_LIMIT:,} folders; split it up.")
        except OSError as error:
            raise BankError(
                f"The bank {self.root} cannot be read ({error.strerror}); check its permissions."
            ) from error
        self._open_root()
        self._folders = dict(sorted(folders.items()))
        self._root_signature = None if racy else signature
        return True

    def _open_root(self) -> None:
        if self._root_fd >= 0:
            os.close(self._root_fd)
        self._root_fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)

    def _inside(self, path: Path) -> bool:
        with suppress(OSError, RuntimeError):
            return path.resolve().is_relative_to(self.root.resolve())
        return False

    def _update(self, changed: dict[str, Signature | None], gone: set[str]) -> None:
        rows: list[tuple[str, ...]] = []
        words: list[tuple[str, str]] = []
        known = {folder: entry.digest for folder, entry in self._by_folder.items() if folder in changed}
        for folder, signature in changed.items():
            path = self.root / folder / SKILL_FILE
            if not self._folders[folder]:
                continue  # a link that leads out: complained of already
            skill, complaints = self._read(folder, path)
            self._complaints[folder] = complaints
            if skill is None:
                self._signatures.pop(folder, None)
                if signature is not None:
                    self._signatures[folder] = signature
                if signature is None or self._opening:
                    self._by_folder.pop(folder, None)
                continue
            entry = Entry.of(folder, skill)
            self._by_folder[folder] = entry
            assert signature is not None
            if time.time_ns() - max(signature[0], signature[1]) < _RACY:
                self._signatures[folder] = (0, 0, 0, 0)  # read it once more at the next turn
            else:
                self._signatures[folder] = signature
            stamp = " ".join(map(str, self._signatures[folder]))
            rows.append((folder, stamp, skill.name, entry.pack(), pack(skill), pack_complaints(complaints)))
            words.append((folder, entry.words))
        for folder in gone:
            self._signatures.pop(folder, None)
            self._complaints.pop(folder, None)
            self._by_folder.pop(folder, None)
        # A broken file's row stays: another process may have opened the bank while the file was good.
        self._store(rows, words, gone | {folder for folder, signature in changed.items() if signature is None})
        self._name_entries()
        self.changed = tuple(self.root / folder / SKILL_FILE for folder in changed if self._differs(folder, known))
        self.generation += 1

    def _differs(self, folder: str, known: dict[str, str]) -> bool:
        """Whether a file's text is another one than before, and not only looked at anew; a broken one always is."""
        entry = self._by_folder.get(folder)
        broken = any(complaint.severity == "error" for complaint in self._complaints.get(folder, ()))
        return broken or entry is None or known.get(folder) != entry.digest

    def _read(self, folder: str, path: Path) -> tuple[Skill | None, list[Complaint]]:
        from escs.runtime.bank.parse import parse_skill

        if not self._inside(path):  # by a link of its own, or of a folder above it
            return None, [_leads_out(path)]
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return None, [_fault(path, "not-a-file", "SKILL.md is not a plain file.", "Make it a text file.")]
            with open(path, "rb", opener=_without_waiting) as file:
                data = file.read(_READ_LIMIT)
        except FileNotFoundError:
            mend = "Add one (`escs skills new` makes a draft), or move the folder away."
            return None, [_fault(path, "no-skill-file", f"The folder {folder} has no SKILL.md.", mend, "warning")]
        except OSError as error:
            return None, [
                _fault(path, "unreadable", f"The file cannot be read ({error.strerror}).", "Check permissions.")
            ]
        return parse_skill(data, path)

    def _store(self, rows: list[tuple[str, ...]], words: list[tuple[str, str]], gone: set[str]) -> None:
        try:
            self._write(rows, words, gone)
        except sqlite3.Error:  # another process holds the cache, or the disk is full: go on in memory
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            cache, self._db = self._db, open_index(self.root, cached=False)
            with suppress(sqlite3.Error):
                cache.backup(self._db)
            self._write(rows, words, gone)

    def _write(self, rows: list[tuple[str, ...]], words: list[tuple[str, str]], gone: set[str]) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        stale = [(folder,) for folder in (*gone, *(row[0] for row in rows))]
        if db.execute("SELECT 1 FROM skills LIMIT 1").fetchone():
            db.executemany("DELETE FROM words WHERE rowid IN (SELECT rowid FROM skills WHERE folder = ?)", stale)
            db.executemany("DELETE FROM skills WHERE folder = ?", stale)
        db.executemany("INSERT INTO skills VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.executemany(
            "INSERT INTO words (rowid, folder, text) SELECT rowid, ?1, ?2 FROM skills WHERE folder = ?1", words
        )
        db.execute("COMMIT")

    def _name_entries(self) -> None:
        """Key the entries by name; of two skills of one name the first folder's is used and the other complained of."""
        self.entries = {}
        for folder in sorted(self._by_folder):
            entry = self._by_folder[folder]
            kept = self.entries.setdefault(entry.name, entry)
            own = [c for c in self._complaints.get(folder, ()) if c.rule != "name-twice"]
            if kept is not entry:
                message = (
                    f"The name `{entry.name}` is already that of {kept.folder}/{SKILL_FILE}; this one is not used."
                )
                own.append(_fault(entry.path, "name-twice", message, "Give each skill a name of its own."))
            self._complaints[folder] = own

    def load(self, name: str) -> Skill:
        """The whole skill. Raises `BankError` where the bank has none of that name."""
        entry = self.entries.get(name)
        row = None
        if entry is not None:
            kept = self._loaded.get(name)
            if kept is not None and kept.digest == entry.digest and kept.path == entry.path:
                return kept
            row = self._db.execute("SELECT skill FROM skills WHERE folder = ?", (entry.folder,)).fetchone()
        if row is None:
            raise BankError(f"The bank {self.root} has no skill named {name!r}; `escs skills list` shows those it has.")
        if len(self._loaded) >= _KEPT:
            self._loaded.clear()
        self._loaded[name] = skill = unpack(row[0])
        return skill

    def search(self, words: list[str], limit: int = 60) -> dict[str, float]:
        """Skills by how well their words match, as bm25 (higher is better), at most `limit` of them."""
        words = [word for word in words if '"' not in word]
        if not words:
            return {}
        few = len(self.entries) < limit
        found = {}
        for (_, folder), score in self._add_up(words, limit) if self._frozen else self._search(words, limit):
            entry = self._by_folder.get(folder)
            if entry is not None and (not few or self.entries.get(entry.name) is entry):
                found[entry.name] = score
        return found

    def figures(self) -> Figures:
        """The bank's figures, read again when their file has changed. Raises `BankError` where it cannot be used."""
        if self._figures is None or not self._frozen:
            self._figures = figures_of(self.root)
        return self._figures

    def _search(self, words: Iterable[str], limit: int) -> Iterator[_Match]:
        query = " OR ".join(f'"{word}"' for word in words)
        for row, folder, score in self._db.execute(
            "SELECT rowid, folder, -bm25(words) FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (f"text : ({query})", limit),
        ):
            yield (row, folder), float(score)

    def _add_up(self, words: Iterable[str], limit: int) -> list[_Match]:
        """What `_search` finds, added up word by word: bm25 is a sum over words, and each is looked up only once."""
        total: dict[tuple[int, str], float] = {}
        for word in words:
            matches = self._matches.get(word)
            if matches is None:
                matches = list(self._search([word], -1))
                self._remembered += 1 + len(matches)
                if self._remembered > _MATCHES:
                    self._matches.clear()
                    self._remembered = 1 + len(matches)
                self._matches[word] = matches
            for place, score in matches:
                total[place] = total.get(place, 0.0) + score
        found = list(total.items())
        return found if len(found) <= limit else sorted(found, key=lambda match: (-match[1], match[0]))[:limit]

    def close(self) -> None:
        """Close the index and the folder."""
        self._db.close()
        if self._root_fd >= 0:
            os.close(self._root_fd)
            self._root_fd = -1


def _fault(path: Path, rule: str, message: str, mend: str, severity: str = "error") -> Complaint:
    return Complaint(path, 1, rule, message, mend, severity)


def _odd_name(root: Path, shown: str) -> Complaint:
    message = f"The folder {shown} has control or hidden characters in its name; it was not read."
    return _fault(root, "bad-folder-name", message, "Rename it with small letters, digits and hyphens.")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe put there meanwhile makes nobody wait


def _leads_out(path: Path) -> Complaint:
    return _fault(
        path, "leads-out", f"{path.name} is a link that leads out of the bank; it was not read.", "Copy it in."
    )
