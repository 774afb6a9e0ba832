"""Five agents at once in one scratch repository, and what becomes of what they try.

Makes a repository in a temporary folder, runs `onetree init` there, and starts five simulated agents as processes of
their own, in the dialects of Claude Code, Gemini CLI and Codex CLI. Each asks the registered hooks before each tool
call, does what it is allowed to do, and tells the hooks afterwards. Then everything is checked: who was stopped where
and why, the journal, and every file. story.py is the table of what they do.

Exit status: 0 if everything came as the story says, 1 if not, 111 if the demo could not be run.
"""

import argparse
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main(argv: list[str]) -> int:
    """Run the demo, or, as the demo itself starts them, one of its agents."""
    sys.path[0] = ROOT  # instead of this folder: the modules here are demo.NAME
    if argv == ["--agent"]:
        from demo import agent

        return agent.main()
    parser = argparse.ArgumentParser(
        prog="demo/run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="leave the temporary folder, and say where it is")
    parser.add_argument("--unguarded", action="store_true", help="without onetree: see what it would have come to")
    args = parser.parse_args(argv)
    try:
        from demo import director
    except ModuleNotFoundError as e:
        print(f"demo: unable to start: {e}; run it with `make demo`", file=sys.stderr)
        return 111
    return director.play(keep=args.keep, guarded=not args.unguarded)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
