"""Test runners: what their options make them write. Caches of their own are not told."""

from onetree.shell.words import Field

from .call import Call

SNAPSHOTS = (
    "--snapshot-update",
    "-u",
    "--updateSnapshot",
    "--update",
    "--inline-snapshot",
    "--force-regen",
    "--regen-all",
)
REPORTS = {
    "xml": ("w", "coverage.xml"),
    "html": ("W", "htmlcov"),
    "json": ("w", "coverage.json"),
    "lcov": ("w", "coverage.lcov"),
    "annotate": ("", ""),
}


def pytest(call: Call) -> None:
    """`pytest, pytest-cov`: --cov-report TYPE[:PLACE]; syrupy: --snapshot-update."""
    call.record()
    if call.has("--version", "-V", "--help", "-h", "--collect-only", "--co"):
        return
    call.option_values()
    cov = any(option == "--cov" for option, _ in call.values) or call.has("--cov")
    for option, field in call.values:
        if option == "--cov-report" and field.text:
            kind, _, place = field.text.partition(":")
            role, default = REPORTS.get(kind, ("", ""))
            name = place if kind in REPORTS and place else default
            if name:
                call.effect(role, Field(name, field.written), option)
    if cov:
        call.effect("w", Field(".coverage", ".coverage"), "--cov", certain=False)
    if call.has(*SNAPSHOTS) and not call.has("--collect-only"):
        call.opaque("pytest: which snapshots it rewrites is known only when it runs", call.operands)


def jest(call: Call) -> None:
    """`jest, vitest`: -u rewrites snapshots; --coverage writes coverage/."""
    call.record()
    if call.has("--version", "-v", "--help", "-h", "--listTests", "--showConfig", "--clearCache"):
        return
    call.option_values()
    if call.has("-u", "--updateSnapshot", "--update"):
        call.opaque(f"{call.name}: which snapshots it rewrites is known only when it runs", call.operands)
    named = any(option in ("--coverageDirectory", "--coverage.reportsDirectory") for option, _ in call.values)
    if call.has("--coverage", "--coverage.enabled") and not named:
        call.effect("W", Field("coverage", "coverage"), "--coverage", certain=False)
