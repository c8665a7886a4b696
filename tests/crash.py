#!/usr/bin/env python3
"""Kills an ingest at random instants, again and again, and looks after each at what is left.

    tests/crash.py NEWSDEX [ROUNDS [SEED]]      (200 rounds, seed 1)

After a kill the index must open, hold every article that a commit has announced, hold none twice, and pass `newsdex check`.
At the end of each history an ingest that nobody kills must make it the index that a single ingest makes.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# So many ingests of one folder are killed before one ends.
KILLS = 10
ARTICLES = 3000


class Failure(Exception):
    """What is not as promised."""


class Archive:
    """A folder of articles that changes, and its index."""

    def __init__(self, newsdex, folder, chance):
        self.newsdex, self.folder, self.chance = newsdex, folder, chance
        self.news, self.index = folder / "news", folder / "index"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NEWSDEX_INDEX": str(self.index)}
        self.news.mkdir()
        for number in range(ARTICLES):
            self.write(number)

    def write(self, number):
        words = " ".join(self.chance.choices(["solar", "glass", "rate", "钙钛矿", "coal"], k=self.chance.randint(5, 60)))
        head = f'---\ntitle: "Article {number}"\nlocale: "en"\nurl: "https://news.example/en/news/{9_000_000 + number}.md"\n'
        (self.news / f"{number}.md").write_text(f"{head}datetime: \"2025-03-07T08:00:00Z\"\n---\n\n{words}\n", "utf-8")

    def change(self):
        """Some files are new, changed or gone."""
        for number in self.chance.sample(range(ARTICLES), 30):
            path = self.news / f"{number}.md"
            if path.exists() and self.chance.random() < 0.3:
                path.unlink()
            else:
                self.write(number)

    def run(self, *args, expected=(0,)):
        done = subprocess.run([self.newsdex, *args], env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode not in expected:
            raise Failure(f"{' '.join(args)} exits with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    def ingest_and_kill(self, *options):
        """Files that the last announced commit has read; None where the ingest ended by itself."""
        command = [self.newsdex, "ingest", str(self.news), "--commit-every", "5ms", "--format", "jsonl", *options]
        child = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # Some die as they begin, some between two commits, some are done.
        time.sleep(self.chance.expovariate(1 / self.chance.choice((0.03, 0.15, 0.5))))
        child.send_signal(signal.SIGKILL)
        lines = child.communicate()[0].split(b"\n")[:-1]
        events = [json.loads(line) for line in lines if line.startswith(b"{")]
        commits = [event["read"] for event in events if event.get("event") == "commit"]
        if child.returncode not in (0, -signal.SIGKILL):
            raise Failure(f"an ingest ended with {child.returncode}")
        return None if child.returncode == 0 else max(commits, default=0)

    def has_commit(self):
        """Whether there is an index: a first ingest that was killed before its first commit has left none."""
        done = subprocess.run([self.newsdex, "status"], env=self.environment, capture_output=True, text=True)
        return "there is no index" not in done.stderr

    def keys(self, index=None):
        more = ["--index", str(index)] if index else []
        listed = self.run("list", "--format", "json", *more, expected=(0, 1))
        keys = [json.loads(line)["key"] for line in listed.splitlines()]
        if len(keys) != len(set(keys)):
            raise Failure("an article is there twice")
        return sorted(keys)


def history(archive, rounds):
    """Kills some ingests of one archive, and gives how many were killed, and how many of these after a commit."""
    killed = committed = 0
    first = True
    for _ in range(rounds):
        safe = archive.ingest_and_kill()
        killed += safe is not None
        committed += bool(safe)
        if archive.has_commit():
            keys = archive.keys()
            if first and safe is not None and len(keys) < safe:
                raise Failure(f"{safe} articles were announced as safe, and {len(keys)} are there")
            archive.run("check")
            first = False
        elif safe or not first:
            raise Failure("a commit was announced, and there is no index")
        archive.change()
    archive.run("ingest", str(archive.news), "--quiet")
    once = archive.folder / "once"
    archive.run("ingest", str(archive.news), "--quiet", "--index", str(once))
    if archive.keys() != archive.keys(once):
        raise Failure("the index is not the one that a single ingest makes")
    archive.run("check", "--files")
    return killed, committed


def reindexing(archive, rounds):
    """Kills some ingests that build the index anew; gives how many were killed. Each leaves the old index or the new one."""
    killed = 0
    for _ in range(rounds):
        old = archive.keys()
        archive.change()
        new = sorted(f"{9_000_000 + int(path.stem)}/en" for path in archive.news.iterdir())
        killed += archive.ingest_and_kill("--reindex") is not None
        if archive.keys() not in (old, new):
            raise Failure("the index is neither the old one nor the new one")
        archive.run("check")
    archive.run("ingest", str(archive.news), "--reindex", "--quiet")
    if archive.keys() != new:
        raise Failure("the new index does not hold the articles")
    # An ingest clears away what was left.
    archive.run("ingest", str(archive.news), "--quiet")
    left = [path.name for path in archive.index.iterdir() if path.name == ".reindex" or path.suffix == ".new"]
    listed = json.loads((archive.index / "meta.json").read_bytes())["segments"]
    segments = {path.name[:32] for path in archive.index.iterdir() if len(path.stem) >= 32}
    if left or segments != {segment["segment_id"].replace("-", "") for segment in listed}:
        raise Failure(f"files were left: {left or segments}")
    archive.run("check", "--files")
    return killed


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    newsdex = os.path.abspath(sys.argv[1])
    rounds, seed = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((2, 200), (3, 1)))
    chance = random.Random(seed)
    done, ended, anew = 0, (0, 0), 0
    while done < rounds:
        folder = Path(tempfile.mkdtemp())
        try:
            archive = Archive(newsdex, folder, chance)
            counts = history(archive, min(KILLS, rounds - done))
            anew += reindexing(archive, min(KILLS, rounds - done) // 2)
        except (Failure, subprocess.TimeoutExpired, ValueError) as failure:
            sys.exit(f"round {done} of seed {seed}: {failure}; what is left is in {folder}")
        done, ended = done + KILLS, (ended[0] + counts[0], ended[1] + counts[1])
        shutil.rmtree(folder)
    if not all(ended) or not anew:
        sys.exit(f"too few were killed to tell: {ended[0]} of {rounds}, {ended[1]} of them after a commit")
    print(f"{ended[0]} of {rounds} ingests were killed, {ended[1]} of them after a commit, and {anew} that built the index anew")
    print("nothing was lost")


main()
