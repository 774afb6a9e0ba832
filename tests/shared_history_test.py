"""The guard shared-history: which git commands of an agent rewrite, lose or ship others' commits, or move the tree."""

import random
import subprocess
from pathlib import Path

import pytest

from onetree.shell.deadline import Deadline
from onetree.shell.gitrepo.repository import Repository

from .commit_test import git, record, tree  # noqa: F401
from .conftest import Run, Worker

ANN, BOB = ("claude", "ann"), ("gemini", "bob")


def made(tree: Path, name: str, by: "tuple[str, str] | None", *, says: bool = True) -> str:  # noqa: F811
    """A commit of a new file that somebody wrote, None for a person; says: whether it has trailers."""
    if by:
        record(tree, name, f"{name}\n".encode(), by[1], by[0])
    else:
        (tree / name).write_text("a person's\n")
    git(tree, "add", name)
    trailers = ["-m", f"Agent: {by[0]}\nSession: {by[1]}"] if by and says else []
    git(tree, "commit", "-qm", f"add {name}", *trailers, "--", name)
    return git(tree, "rev-parse", "HEAD").strip()


def history(tree: Path, other: "tuple[str, str]") -> None:  # noqa: F811
    """HEAD is ann's, the one before the other's; origin has what was before both. Branches: see below."""
    start = git(tree, "rev-parse", "HEAD").strip()
    git(tree, "branch", "-M", "main")
    git(tree, "update-ref", "refs/remotes/origin/main", start)
    for key, value in (
        ("remote.origin.url", "x"),
        ("branch.main.remote", "origin"),
        ("branch.main.merge", "refs/heads/main"),
    ):
        git(tree, "config", key, value)
    for branch, by in (("bobs", other), ("anns", ANN)):  # each has a commit that nothing else has
        git(tree, "checkout", "-qb", branch, start)
        made(tree, f"on-{branch}.txt", by)
    git(tree, "checkout", "-q", "main")
    git(tree, "branch", "merged")
    made(tree, "b.txt", other)
    made(tree, "a.txt", ANN)


@pytest.fixture
def ann(tree: Path, run: Run) -> Worker:  # noqa: F811
    history(tree, BOB)
    return Worker("claude", tree, run, "ann")


COMMITS = [
    pytest.param("git reset --hard HEAD~2", "take off the branch", id="hard over another's commit"),
    pytest.param("git reset --soft HEAD~2", "take off the branch", id="soft over another's commit"),
    pytest.param("git reset HEAD~2", "take off the branch", id="mixed over another's commit"),
    pytest.param("git reset origin/main", "take off the branch", id="to the remote's branch"),
    pytest.param("git rebase -i HEAD~2", "rewrite", id="rebase over another's commit"),
    pytest.param("git rebase bobs", "rewrite", id="rebase of the branch with another's commit"),
    pytest.param("git rebase --root", "rewrite", id="rebase of everything"),
    pytest.param("git pull --rebase", "rewrite", id="pull rebases what is not pushed"),
    pytest.param("git filter-branch --msg-filter cat", "rewrite", id="rewrite of everything"),
    pytest.param("git push", "ship", id="push of the branch"),
    pytest.param("git push origin main", "ship", id="push by name"),
    pytest.param("git push -u origin HEAD:main", "ship", id="push of HEAD elsewhere"),
    pytest.param("git push --all", "ship", id="push of all branches"),
    pytest.param("git push other main", "ship", id="push to a remote of which nothing is known"),
    pytest.param("git push origin bobs", "ship", id="push of another's branch"),
    pytest.param("git -c push.default=current push", "ship", id="push with a setting"),
    pytest.param("git branch -D bobs", "lose", id="another's branch deleted"),
    pytest.param("git branch -d -f bobs", "lose", id="the same by two options"),
    pytest.param("git branch -f bobs HEAD", "lose", id="another's branch moved"),
    pytest.param("git branch -M anns bobs", "lose", id="another's branch written over"),
    pytest.param("git checkout -B bobs", "lose", id="another's branch made anew"),
    pytest.param("git switch -C bobs main", "lose", id="the same by switch"),
    pytest.param("git update-ref -d refs/heads/bobs", "lose", id="another's branch by its reference"),
    pytest.param("git update-ref HEAD origin/main", "lose", id="HEAD moved back by its reference"),
    pytest.param("git gc --prune=now", "delete what lost work is brought back from", id="objects pruned by gc"),
    pytest.param("git prune", "delete what lost work is brought back from", id="objects pruned"),
    pytest.param("git reflog expire --expire=now --all", "delete what lost", id="reflog emptied"),
    pytest.param("git reflog delete HEAD@{0}", "delete what lost", id="an entry of the reflog"),
]
OWN = [
    pytest.param("git commit --amend --no-edit", id="the last commit is its own"),
    pytest.param("git commit --amend -m 'git push' -- a.txt", id="the same with a path"),
    pytest.param("git reset --soft HEAD~1", id="back over its own commit"),
    pytest.param("git reset HEAD~1", id="the same, mixed"),
    pytest.param("git reset --hard", id="nothing is taken off"),
    pytest.param("git reset HEAD -- a.txt", id="reset of a file"),
    pytest.param("git rebase -i HEAD~1", id="rebase of its own commit"),
    pytest.param("git rebase HEAD~2", id="up to date"),
    pytest.param("git push --dry-run", id="nothing is sent"),
    pytest.param("git push origin anns", id="push of a branch with only its own commits"),
    pytest.param("git push origin :bobs-old", id="nothing is sent, but deleted"),
    pytest.param("git push --help", id="help"),
    pytest.param("git branch -D anns", id="its own branch"),
    pytest.param("git branch -D merged", id="a branch whose commits are elsewhere, too"),
    pytest.param("git branch -D nosuch", id="no such branch"),
    pytest.param("git branch -f merged HEAD~1", id="moved, and nothing lost"),
    pytest.param("git branch new", id="a new branch"),
    pytest.param("git branch -d bobs", id="git itself refuses to lose what is not merged"),
    pytest.param("git checkout -B anns", id="its own branch made anew"),
    pytest.param("git update-ref refs/heads/x HEAD", id="a new reference"),
    pytest.param("git merge bobs", id="nobody has uncommitted work"),
    pytest.param("git switch bobs", id="switch, the same"),
    pytest.param("git checkout bobs", id="checkout, the same"),
    pytest.param("git cherry-pick bobs", id="cherry-pick, the same"),
    pytest.param("git revert --no-edit HEAD", id="revert, the same"),
    pytest.param("git pull", id="pull, the same"),
    pytest.param("git fetch", id="fetch"),
    pytest.param("git gc", id="gc keeps two weeks"),
    pytest.param("git gc --prune=2.weeks.ago", id="the same, said"),
    pytest.param("git prune -n", id="prune only shows"),
    pytest.param("git reflog", id="reflog shows"),
    pytest.param("git reflog expire --expire=never --all", id="reflog expires nothing"),
    pytest.param("git stash list", id="stashes shown"),
    pytest.param("git log -1 && git show HEAD", id="reading"),
]
MOVES = [
    pytest.param("git merge bobs", id="merge"),
    pytest.param("git merge --abort", id="a merge dropped"),
    pytest.param("git cherry-pick bobs", id="cherry-pick"),
    pytest.param("git cherry-pick --abort", id="a cherry-pick dropped"),
    pytest.param("git revert HEAD", id="revert"),
    pytest.param("git pull", id="pull"),
    pytest.param("git pull --ff-only origin main", id="pull by name"),
    pytest.param("git switch bobs", id="switch"),
    pytest.param("git checkout bobs", id="checkout of a branch"),
    pytest.param("git checkout HEAD~1", id="checkout of a commit"),
    pytest.param("git checkout -", id="checkout of the branch before"),
    pytest.param("git checkout -b new", id="a new branch under everybody"),
    pytest.param("git switch -c new", id="the same by switch"),
    pytest.param("git rebase -i HEAD~1", id="rebase of its own commit"),
    pytest.param("git rebase --abort", id="a rebase dropped"),
    pytest.param("git am x.patch", id="am"),
    pytest.param("git bisect start", id="bisect"),
]
STAYS = [
    pytest.param("git merge HEAD~1", id="already up to date"),
    pytest.param("git merge --continue", id="a merge ended"),
    pytest.param("git switch main", id="it is there already"),
    pytest.param("git checkout main", id="the same by checkout"),
    pytest.param("git checkout a.txt", id="a file of its own"),
    pytest.param("git checkout HEAD~1 -- README.md", id="nobody's file from a commit"),
    pytest.param("git checkout", id="nothing to do"),
    pytest.param("git rebase HEAD~1", id="up to date"),
    pytest.param("git cherry-pick --continue", id="a cherry-pick ended"),
    pytest.param("git bisect log", id="bisect only shows"),
    pytest.param("git branch new && git worktree add ../elsewhere new", id="a work tree of its own"),
]


@pytest.mark.parametrize(("command", "does"), COMMITS)
def test_what_concerns_others_commits_is_refused(ann: Worker, command: str, does: str) -> None:
    head = git(ann.tree, "rev-parse", "HEAD", "bobs")
    verdict, text = ann.shell(command)
    assert verdict == "deny", command
    assert all(x in text for x in ("shared-history", does, "gemini bob", "Way out"))
    assert git(ann.tree, "rev-parse", "HEAD", "bobs") == head


@pytest.mark.parametrize("command", OWN)
def test_what_concerns_its_own_passes(ann: Worker, command: str) -> None:
    verdict, text = ann.call("Bash", command=command)
    assert (verdict, "shared-" in text) == ("allow", False), text


@pytest.mark.parametrize("command", MOVES)
def test_the_tree_is_not_moved_under_others_work(ann: Worker, command: str) -> None:
    record(ann.tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    verdict, text = ann.shell(command)
    assert verdict == "deny", command
    assert all(x in text for x in ("shared-history", "bob/new.txt", "gemini bob", "git worktree add"))


@pytest.mark.parametrize("command", STAYS)
def test_what_does_not_move_it_passes(ann: Worker, command: str) -> None:
    record(ann.tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    verdict, text = ann.call("Bash", command=command)
    assert (verdict, "shared-" in text) == ("allow", False), text


@pytest.mark.parametrize("command", [p.values[0] for p in [*COMMITS, *MOVES]])
def test_alone_everything_passes(tree: Path, run: Run, command: str) -> None:  # noqa: F811
    git(tree, "commit", "-q", "--amend", "-m", "start", "-m", "Agent: claude\nSession: ann")
    history(tree, ANN)
    record(tree, "new.txt", b"ann\n", "ann")
    _, text = Worker("claude", tree, run, "ann").call("Bash", command=command)
    assert "shared-" not in text


@pytest.mark.parametrize("command", ["git stash pop", "git stash drop", "git stash drop 0", "git stash clear"])
@pytest.mark.parametrize("whose", ["bob", "ann"])
def test_a_stash_is_its_makers(ann: Worker, command: str, whose: str) -> None:
    record(ann.tree, "README.md", b"stashed\n", whose, "gemini" if whose == "bob" else "claude")
    git(ann.tree, "stash")
    verdict, text = ann.call("Bash", command=command)
    assert verdict == ("deny" if whose == "bob" else "allow"), text
    assert ("gemini bob made" in text) == (whose == "bob")
    assert "shared-" not in ann.call("Bash", command="git stash show")[1]


@pytest.mark.parametrize(
    ("by", "verdict", "who"), [(BOB, "deny", "gemini bob made"), (ANN, "allow", ""), (None, "ask", "A made")]
)
def test_a_commit_without_trailers_is_who_wrote_what_it_holds(
    ann: Worker, by: "tuple[str, str] | None", verdict: str, who: str
) -> None:
    made(ann.tree, "plain.txt", by, says=False)
    found, text = ann.call("Bash", command="git commit --amend --no-edit")
    assert (found, who in text) == (verdict, True), text


def test_an_amended_commit_takes_in_nothing_that_others_staged(ann: Worker) -> None:
    record(ann.tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    git(ann.tree, "add", "bob")
    verdict, text = ann.shell("git commit --amend --no-edit")
    assert (verdict, "would commit bob/new.txt" in text) == ("deny", True)


def test_another_repository_is_none_of_its_business(ann: Worker, tmp_path: Path) -> None:
    git(ann.tree, "init", "-q", str(tmp_path / "other"))
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "x")
    record(ann.tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    for command in (
        "git -C ../other add -A",
        "cd ../other && git switch -c x",
        "(cd ../other; git stash; git commit -a)",
    ):
        assert "shared-" not in ann.call("Bash", command=command)[1]
    for command in ("cd bob && git add .", "(cd ../other && git status); git add -A", "cd /; git -C {} add -A"):
        verdict, text = ann.call("Bash", command=command.format(ann.tree))
        assert (verdict, "shared-index" in text) == ("deny", True), command


def test_a_history_that_cannot_be_read_needs_a_person(ann: Worker) -> None:
    head = git(ann.tree, "rev-parse", "HEAD").strip()
    path = ann.tree / ".git/objects" / head[:2] / head[2:]
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    verdict, text = ann.call("Bash", command="git push")
    assert (verdict, "cannot be told" in text, "onetree push" in text) == ("ask", True, True)


def test_a_long_history_is_not_walked_for_what_is_near(tree: Path, run: Run) -> None:  # noqa: F811
    start, made_at = "reset refs/heads/long\nfrom refs/heads/main\n", range(1500000000, 1500000000 + 5100 * 600, 600)
    commits = [f"commit refs/heads/long\ncommitter A <a@x> {t} +0000\ndata 1\nx\n" for t in made_at]
    git(tree, "branch", "-M", "main")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=tree, input=start + "".join(commits), text=True, check=True)
    git(tree, "checkout", "-q", "long")
    git(tree, "update-ref", "refs/remotes/origin/long", "HEAD")
    made(tree, "a.txt", ANN)
    record(tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    ann = Worker("claude", tree, run, "ann")
    for command in ("git push origin long", "git merge HEAD~9", "git rebase HEAD~9", "git commit --amend"):
        assert "shared-" not in ann.call("Bash", command=command)[1]
    verdict, text = ann.call("Bash", command="git rebase --root")
    assert (verdict, "cannot be told" in text) == ("ask", True)


def test_what_one_has_and_another_has_not_is_what_git_says(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    draw = random.Random(7)
    commits: list[str] = []
    empty = git(tmp_path, "write-tree").strip()
    for n in range(60):
        parents = draw.sample(commits[-12:], min(len(commits), draw.choice([1, 1, 1, 2, 3])))
        when = f"{1700000000 + n // 3 - draw.choice([0, 0, 5000])} +0000"  # clocks differ
        words = [w for p in parents for w in ("-p", p)]
        commits.append(git(tmp_path, "commit-tree", empty, *words, "-m", str(n), GIT_COMMITTER_DATE=when).strip())
    for _ in range(40):
        tips, others = draw.sample(commits, 2), draw.sample(commits, draw.choice([0, 1, 3]))
        repo = Repository(str(tmp_path), str(tmp_path / ".git"), Deadline(60))
        expected = git(tmp_path, "rev-list", *tips, "--not", *others).split()
        assert sorted(repo.only(tips, others)) == sorted(expected)
