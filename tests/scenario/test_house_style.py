#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenarios fit on a screen, say where they come from, and are where their shelf says: test_house_style.py FOLDER"""
import datetime
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap

LINES, COLUMNS, TITLE, NAME = 45, 112, 100, 40
FOLDER = pathlib.Path(sys.argv[1])
FILES = sorted(FOLDER.glob("*/*.yaml"))
# RFC 5322 3.6.4 without what no mailer writes: no brackets, no comments, no quoted strings.
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MESSAGE_ID = re.compile(rf"{ATOM}(\.{ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
COMMIT = re.compile(r"[0-9a-f]{12,40}")


def texts(paths):
    if not paths:
        raise tap.Skip("there are no scenarios")
    return {path: path.read_text() for path in paths}


def lay_out(path, text):
    lines = text.splitlines()
    if len(lines) > LINES:
        yield f"{path}: {len(lines)} lines, at most {LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{path}:{number}: {len(line)} columns, at most {COLUMNS}"
        if "\t" in line or line != line.rstrip():
            yield f"{path}:{number}: a tab or white space at the end"


def value(text, key):
    """The value of a key of the top level, in one line."""
    match = re.search(rf"^{key}: *(.*(?:\n(?![a-z-]+:).*)*)", text, flags=re.M)
    return " ".join(match.group(1).split()).removeprefix("> ") if match else None


def sources(text):
    """The sources as mappings. They are written as flow mappings, alone or in a list."""
    found = re.findall(r"\{(.*?)\}", value(text, "source") or "")
    return [dict(re.findall(r'([a-z-]+): ("[^"]*"|[^,"]+)', source)) for source in found]


def name_faults(path, text):
    name = value(text, "name")
    if name != path.stem:
        yield f"{path}: its name is '{name}'"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", path.stem) or len(path.stem) > NAME:
        yield f"{path}: words of lower case with hyphens between them, at most {NAME} characters"


def head_faults(path, text):
    title, claim = value(text, "title"), value(text, "claim")
    if not title or not title[0].isupper() or title.endswith(".") or len(title) > TITLE:
        yield f"{path}: a title begins large, ends without a stop and has at most {TITLE} characters"
    if not claim or claim[-1] not in ".?" or not 1 <= len(re.findall(r"[.?](?= |$)", claim)) <= 3:
        yield f"{path}: a claim is one to three sentences"


def day_of(message_id):
    """The day that a mailer wrote into the ID: a time stamp, or the seconds of git's; None: it has none."""
    stamp = re.match(r"(20\d\d)(\d\d)(\d\d)(?:\d{4}|\d{6})?[.]", message_id)
    seconds = re.match(r"cover\.(1\d{9})\.git\.", message_id)
    if stamp:
        return datetime.date(*map(int, stamp.groups()))
    if seconds:
        return datetime.datetime.fromtimestamp(int(seconds.group(1)), datetime.timezone.utc).date()
    return None


def source_faults(path, source):
    missing = {"author", "date"} - source.keys()
    if missing or not {"message-id", "commit", "document"} & source.keys():
        yield f"{path}: a source has an author, a date, and a message-id, commit or document: {source}"
        return
    date = datetime.date.fromisoformat(source["date"])
    message_id, commit = source.get("message-id"), source.get("commit")
    if message_id and not MESSAGE_ID.fullmatch(message_id):
        yield f"{path}: no message-id: {message_id}"
    elif message_id and day_of(message_id) and abs((day_of(message_id) - date).days) > 1:
        yield f"{path}: the message-id is of {day_of(message_id)}, the source of {date}: {message_id}"
    if commit and not COMMIT.fullmatch(commit):
        yield f"{path}: a commit is 12 to 40 hexadecimal digits: {commit}"


def contradictions(found):
    """Sources with one message-id that differ in author or date."""
    known = {}
    for path, text in found.items():
        for source in sources(text):
            said = (source.get("author"), source.get("date"))
            other = known.setdefault(source.get("message-id", path), (said, path))
            if "message-id" in source and other[0] != said:
                yield f"{path}: {source['message-id']} is of {said}, in {other[1]} of {other[0]}"


def shelf_faults(shelf):
    """The README of a shelf has a row for each of its scenarios, and for nothing else."""
    listed = re.findall(r"^\| `([^`]+)` \|", (shelf / "README.md").read_text(), flags=re.M)
    there = [path.stem for path in shelf.glob("*.yaml")]
    for name in sorted(set(listed) | set(there)):
        if listed.count(name) != 1 or name not in there:
            yield f"{shelf}: '{name}' is {listed.count(name)} times in README.md, and {there.count(name)} times there"


def each(check, paths=None):
    return [fault for path, text in texts(paths or FILES).items() for fault in check(path, text)]


def assert_none(faults):
    assert faults == [], "\n".join(faults)


def test_house_style_limits_notice_what_is_too_long():
    assert len(list(lay_out("x", "x" * (COLUMNS + 1) + "\n" + "y\n" * LINES))) == 2


def test_house_style_scenarios_fit_on_a_screen():
    assert_none(each(lay_out))


def test_house_style_names_are_those_of_the_files_and_unique():
    assert_none(each(name_faults))
    stems = [path.stem for path in FILES]
    assert len(stems) == len(set(stems)), sorted(name for name in stems if stems.count(name) > 1)
    assert FILES == sorted(FOLDER.rglob("*.yaml")), "a scenario that is not on a shelf"


def test_house_style_names_notice_what_is_wrong():
    assert len(list(name_faults(pathlib.Path("a--b.yaml"), "name: a-b\n"))) == 2


def test_house_style_titles_and_claims_are_sentences():
    assert_none(each(head_faults))


def test_house_style_heads_notice_what_is_wrong():
    good = "title: One two\nclaim: >\n  It is.\n  So it is, 5.18 or not.\nrun:\n"
    assert not list(head_faults("x", good))
    wrong = ("One", "one"), ("two", "two."), ("not.", "not"), ("It is.", "It. Is. So. It."), ("title", "tittle")
    for old, new in wrong:
        assert len(list(head_faults("x", good.replace(old, new)))) == 1, new


def test_house_style_every_source_can_be_found():
    assert_none(each(lambda path, text: [] if sources(text) else [f"{path}: no source"]))
    assert_none(each(lambda path, text: [fault for source in sources(text) for fault in source_faults(path, source)]))
    assert_none(list(contradictions(texts(FILES))))


def test_house_style_sources_notice_what_is_wrong():
    good = {"author": "A B", "date": "2021-06-17", "message-id": "20210618001056.GB1002214@nvidia.com",
            "commit": "0" * 12}
    assert not list(source_faults("x", good))
    wrong = [{"message-id": "<a@b>"}, {"message-id": "a b@c"}, {"message-id": "a"}, {"message-id": "a@"},
             {"message-id": "a..b@c"}, {"commit": "xyz"}, {"commit": "0" * 11},
             {"date": "2021-06-16"}, {"date": "2021-06-20"},
             {"message-id": "cover.1751096303.git.a@b", "date": "2025-06-26"}]
    for change in wrong:
        assert len(list(source_faults("x", good | change))) == 1, change
    assert len(list(source_faults("x", {"author": "A", "date": "2021-06-17", "subject": "s"}))) == 1
    twice = {"x": "source: {author: A, date: 2021-06-17, message-id: a@b}\n",
             "y": "source: {author: B, date: 2021-06-17,\n  message-id: a@b}\n"}
    assert len(list(contradictions(twice))) == 1


def test_house_style_sources_agree_with_the_catalogue():
    """A mail that the catalogue names is of the author and the day that it says."""
    beside = pathlib.Path(__file__).resolve().parents[2].parent / "shared"
    catalogue = pathlib.Path(os.environ.get("IOSIM_SHARED", beside)) / "scenario-catalogue.md"
    if not catalogue.is_file():
        raise tap.Skip(f"{catalogue} is not there, set IOSIM_SHARED")
    lines = catalogue.read_text().splitlines()

    def faults(path, text):
        for source in sources(text):
            named = [part for line in lines for part in line.split("; ") if f"<{source.get('message-id')}>" in part]
            days = [day for part in named for day in re.findall(r"(\d{4}-\d\d-)(\d\d)(?:/(\d\d))?", part)]
            dates = [month + day for month, *both in days for day in both if day]
            if dates and source["date"] not in dates:
                yield f"{path}: {source['date']}, and in the catalogue: {named}"
            authors = [line for line in lines if f"<{source.get('message-id')}>" in line]
            names = source["author"].split()  # a second time the catalogue says the first name alone
            if authors and not any(names[-1] in line or f" {names[0]} 20" in line for line in authors):
                yield f"{path}: {source['author']}, and in the catalogue: {authors}"

    assert_none(each(faults))


def test_house_style_shelves_list_their_scenarios():
    texts(FILES)
    shelves = sorted({path.parent for path in FILES})
    assert_none([fault for shelf in shelves for fault in shelf_faults(shelf)])
    named = re.findall(r"^\| \[([a-z]+)\]\(\1/README\.md\) \|", (FOLDER / "README.md").read_text(), flags=re.M)
    assert sorted(named) == [shelf.name for shelf in shelves], named


tap.run(dict(globals()))
