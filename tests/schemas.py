#!/usr/bin/env python3
"""Holds what newsdex writes as JSON to schema/answer.json and schema/api.json (PyPI: jsonschema 4.26.0).

    tests/schemas.py NEWSDEX INDEX        what the commands print, of an index of tests/corpus
    tests/schemas.py NEWSDEX INDEX URL    and what a server answers that serves such an index

Prints a line for each test, and exits with 1 where one fails.
"""

import copy
import json
import os
import re
import subprocess
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import date, datetime
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

SCHEMA = Path(__file__).resolve().parent.parent / "schema"
FORMATS = FormatChecker(formats=())
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LINES = "application/x-ndjson"

# Arguments of a command, and the schema of what it prints. It is one value, or with jsonl one a line.
COMMANDS = (
    (["query", "perovskite", "--facets"], "answer"),
    (["query", "钙钛矿", "--explain"], "answer"),
    (["query", "--symbol", "600586", "--sort", "oldest"], "answer"),
    (["query", "nothing-has-this-word"], "answer"),
    (["query", "*", "--limit", "100"], "answer"),
    (["query", "symbol:000001.CN"], "answer"),
    (["query", "perovskyte"], "answer"),
    (["query", "solar glass", "--symbol", "601865", "--facets", "--sort", "newest", "-n3", "--explain"], "answer"),
    (["query", "--stories", "--since", "2025-01", "--locale=en", "--locale=zh-CN", "--prefer=zh-CN"], "answer"),
    (["query", "perovskite", "--each-locale"], "answer"),
    (["query", "perovskite", "--format", "jsonl"], "hit"),
    (["similar", "230905679/en"], "answer"),
    (["show", "230905679/en"], "article"),
    (["facets", "--by", "symbol,month"], "facets"),
    (["facets", "--by", "market,year,locale,symbol"], "facets"),
    (["symbol", "600586.CN"], "symbol"),
    (["symbol", "600586 CH Equity"], "symbol"),
    (["symbol", "000001.CN"], "symbol"),
    (["status"], "status"),
)

# An address, and the schema of what it answers.
ANSWERS = (
    ("/api/search?q=perovskite", "answer"),
    ("/api/search?q=钙钛矿&facets=true&limit=100", "answer"),
    ("/api/search?q=solar+glass&symbol=601865&facets=true&sort=newest&limit=3&explain=true", "answer"),
    ("/api/search?stories=true&since=2025-01&locale=en&locale=zh-CN&prefer=zh-CN", "answer"),
    ("/api/search?q=perovskite&symbol=&since=&locale=", "answer"),
    ("/api/search?q=perovskyte", "answer"),
    ("/api/search?q=perovskite&format=jsonl", "hit"),
    ("/api/article/230905679/en", "article"),
    ("/api/article/230905679%2Fen", "article"),
    ("/api/similar/230905679/en", "answer"),
    ("/api/similar/230905679/en?format=jsonl", "hit"),
    ("/api/facets?by=symbol,month", "facets"),
    ("/api/facets?by=symbol&by=month", "facets"),
    ("/api/symbol/600586.CN", "symbol"),
    ("/api/symbol/600586%20CH%20Equity", "symbol"),
    ("/api/status", "status"),
    ("/api/export", "header"),
    ("/api/export?q=perovskite&locale=en", "header"),
    ("/api/suggest?q=solar+perov", "completions"),
    ("/api/suggest?q=6005", "completions"),
    ("/api/suggest?q=symbol:6005", "completions"),
    ("/api/suggest?q=symbol:aap", "completions"),
    ("/api/suggest?q=loc", "completions"),
    ("/api/suggest?q=钙", "completions"),
    ("/api/suggest?q=", "completions"),
    ("/api/suggest?q=solar+", "completions"),
)

# An address, and the status with which it is refused.
REFUSALS = (
    ("/api/search?q=钙+titel:x", 400),
    ("/api/search?limit=abc", 400),
    ("/api/search?limit=101", 400),
    ("/api/search?limit=-1", 400),
    ("/api/search?offset=99999999999", 400),
    ("/api/search?sort=nosuch", 400),
    ("/api/search?nosuch=1", 400),
    ("/api/search?since=yesteryear", 400),
    ("/api/search?symbol=%20", 400),
    ("/api/search?recency=soon&q=a", 400),
    ("/api/search?stories=true&each_locale=true", 400),
    ("/api/search?snippets=21", 400),
    ("/api/search?q=a&q=b", 400),
    ("/api/facets", 400),
    ("/api/facets?by=nosuch", 400),
    ("/api/suggest?q=a&limit=0", 400),
    ("/api/status?x=1", 400),
    ("/api/article/nosuch", 404),
    ("/api/article/%00", 404),
    ("/api/article/%FF", 400),
    ("/api/similar/nosuch", 404),
    ("/api/symbol/钙", 404),
    ("/nosuch", 404),
)


@FORMATS.checks("date", raises=ValueError)
def is_date(value):
    """A day: RFC 3339, full-date."""
    return not isinstance(value, str) or DAY.fullmatch(value) is not None and bool(date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value):
    """A moment of RFC 3339. The package has no check of its own without another package."""
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value, re.ASCII):
            return False
        datetime.fromisoformat(value.upper())
    return True


def check(is_so, what):
    if not is_so:
        raise AssertionError(what)


class Schemas:
    """The definitions of both files under their names, and those of the description of a server."""

    def __init__(self):
        self.files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMA.glob("*.json"))}
        answer, api = self.files["answer.json"], self.files["api.json"]
        # What both mean stands in one of them.
        self.parts = answer["$defs"] | api["$defs"]
        self.parts["answer"] = {name: value for name, value in answer.items() if not name.startswith("$")}

    def of(self, name):
        schema = {"$ref": f"#/$defs/{name}", "$defs": self.parts}
        return Draft202012Validator(schema, format_checker=FORMATS)

    def check(self, name, value, where):
        problems = [f"{error.json_path}: {error.message}" for error in self.of(name).iter_errors(value)]
        check(not problems, f"{where}: no {name}: {'; '.join(problems)[:2000]}")


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def run(newsdex, index, arguments):
    """What a command prints as JSON: a value, or one a line."""
    environment = os.environ | {"NEWSDEX_INDEX": index, "TZ": "UTC"}
    if "--format" not in arguments:
        arguments = [*arguments, "--format", "json"]
    done = subprocess.run([newsdex, *arguments], env=environment, capture_output=True, check=False)
    # Nothing was found: that is no failure.
    check(done.returncode in (0, 1), f"{arguments}: {done.stderr.decode(errors='replace')}")
    text = done.stdout.decode()
    return lines(text) if "jsonl" in arguments else [json.loads(text)]


def get(url, path):
    """The status, the media type and the text that a server answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    # As it is typed, but for what is no ASCII.
    address = url.rstrip("/") + urllib.parse.quote(path, safe="/?&=%+,:*")
    try:
        answer = opener.open(address, timeout=60)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


def schemas_are_schemas(schemas):
    for name, file in schemas.files.items():
        check(file["$schema"] == Draft202012Validator.META_SCHEMA["$id"], f"{name} says which draft it is of")
        Draft202012Validator.check_schema(file)
    answer, api = (schemas.files[name]["$defs"] for name in ("answer.json", "api.json"))
    check(answer.keys().isdisjoint(api), "no name has two meanings")
    for reference in re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schemas.parts)):
        check(reference in schemas.parts, f"{reference} is defined")


def commands_print_what_schemas_say(schemas, newsdex, index):
    for arguments, name in COMMANDS:
        values = run(newsdex, index, arguments)
        check(values, f"{arguments}: something is printed")
        for value in values:
            schemas.check(name, value, arguments)


def wrong_answers_are_refused(schemas, newsdex, index):
    """What is no answer is told from one: each member is needed, of its sort, and there is no other."""
    (answer,) = run(newsdex, index, ["query", "perovskite", "--facets"])
    validator = schemas.of("answer")

    def check_refused(change, what):
        changed = copy.deepcopy(answer)
        change(changed)
        check(not validator.is_valid(changed), f"an answer with {what} is refused")

    check_refused(lambda answer: answer.update(more=1), "another member")
    for name in answer:
        check_refused(lambda answer: answer.pop(name), f"no {name}")
        check_refused(lambda answer: answer.update({name: object()}), f"another {name}")
    for name in schemas.parts["hit"]["required"]:
        check_refused(lambda answer: answer["hits"][0].pop(name), f"a hit that has no {name}")
    for moment in ("2025-02-30", "2025-13-07T00:56:22Z", "2025-03-07T00:56:22", "soon"):
        check_refused(lambda answer: answer["hits"][0].update(published=moment), f"a hit of {moment}")


def a_server_answers_what_schemas_say(schemas, url):
    for path, name in ANSWERS:
        status, media, text = get(url, path)
        check(status == 200, f"{path}: {status}: {text}")
        is_lines = name in ("header", "hit")
        check(media == (LINES if is_lines else "application/json"), f"{path}: {media}")
        values = lines(text) if is_lines else [json.loads(text)]
        check(values, f"{path}: something is answered")
        for value in values:
            schemas.check(name, value, path)


def a_server_refuses_as_it_says(schemas, url):
    """The description of the API has a schema of refusals, and those of the files for all else."""
    described = json.loads(get(url, "/api/openapi.json")[2])["components"]["schemas"]
    for name, schema in described.items():
        Draft202012Validator.check_schema(schema)
        if name in schemas.parts:
            own = json.dumps(schemas.parts[name], sort_keys=True).replace("#/$defs/", "#/components/schemas/")
            check(json.dumps(schema, sort_keys=True) == own, f"{name} is described as it is in its file")
    check(schemas.parts.keys() <= described.keys(), "all answers are described")
    details = Draft202012Validator({"$ref": "#/components/schemas/ProblemDetails", "components": {"schemas": described}})
    for path, wanted in REFUSALS:
        status, media, text = get(url, path)
        check(status == wanted, f"{path}: {status} instead of {wanted}: {text}")
        check(media == "application/problem+json", f"{path}: {media}")
        problem = json.loads(text)
        check(problem["status"] == status, f"{path}: the status is told")
        problems = [f"{error.json_path}: {error.message}" for error in details.iter_errors(problem)]
        check(not problems, f"{path}: {problems}")
    check(not details.is_valid({"status": 400}), "a refusal without its reason is none")


def main():
    match sys.argv[1:]:
        case [newsdex, index, *url] if len(url) <= 1:
            command = (os.path.abspath(newsdex), os.path.abspath(index))
        case _:
            sys.exit(__doc__)
    tests = [
        (schemas_are_schemas, ()),
        (commands_print_what_schemas_say, command),
        (wrong_answers_are_refused, command),
    ]
    if url:
        tests += [(a_server_answers_what_schemas_say, url), (a_server_refuses_as_it_says, url)]
    schemas = Schemas()
    failed = 0
    for test, given in tests:
        try:
            test(schemas, *given)
            result = "ok    "
        except Exception:
            traceback.print_exc()
            failed += 1
            result = "FAILED"
        print(result, test.__name__.replace("_", " "), flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
