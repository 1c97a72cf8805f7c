"""`make audit`: whether anything that requirements.lock pins has a vulnerability that is publicly known.

pip-audit asks PyPI's JSON API, which not every mirror has. What could not be asked about is said, and is no failure:
without a network nothing else could be said either.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PIP_AUDIT = "pip-audit==2.10.1"
PATIENCE = 300  # seconds; it installs itself and asks about each package
COMMAND = ("-r", "requirements.lock", "--disable-pip", "--format", "json", "--progress-spinner", "off")


def main() -> int:
    uv = [sys.executable, "-m", "uv", "tool", "run", PIP_AUDIT, *COMMAND]
    said = "it said nothing"
    try:
        done = subprocess.run(uv, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
        said = done.stderr.strip() or said
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        slow = isinstance(error, subprocess.TimeoutExpired)
        last = f"no end after {PATIENCE} seconds" if slow else said.splitlines()[-1]
        print(f"NOT CHECKED for known vulnerabilities: {PIP_AUDIT} did not run here ({last}).")
        return 0
    text, status = verdict(found)
    print(text)
    return status


def verdict(found: list[dict[str, Any]]) -> tuple[str, int]:
    """What to say of pip-audit's list, [{"name", "version", "vulns": [{"id", "fix_versions"}]}] or "skip_reason" in
    place of both; and the exit code."""
    asked = [each for each in found if "skip_reason" not in each]
    lines = [
        f"{each['name']} {each['version']}: {vuln['id']}, mended in {', '.join(vuln['fix_versions']) or 'none yet'}"
        for each in asked
        for vuln in each["vulns"]
    ]
    status = int(bool(lines))
    lines.append(f"{len(lines)} known vulnerabilities in {len(asked)} of {len(found)} packages.")
    if len(asked) < len(found):
        lines.append(
            f"NOT CHECKED: {len(found) - len(asked)} packages, because the list of vulnerabilities (PyPI's JSON API) "
            "does not know them or cannot be reached from here."
        )
    return "\n".join(lines), status


if __name__ == "__main__":
    raise SystemExit(main())
