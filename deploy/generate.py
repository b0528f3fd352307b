"""Writes every derived file of the deployment: `.venv/bin/python deploy/generate.py`.

Run it after adding or removing a platform, or after changing what a service does on the bus, an alert or a
dashboard. `tests/deploy` fails while a file isn't what this would write.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PLATFORMS = HERE / "k8s" / "platforms"


def platforms(folder: Path = PLATFORMS) -> str:
    """The kustomization of all platforms' folders. `workload`, beside them, is what they share."""
    names = sorted(path.parent.name for path in folder.glob("*/kustomization.yaml"))
    names.remove("workload")
    return (
        "# Written by deploy/generate.py.\n"
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        f"resources: [{', '.join(names)}]\n"
    )


def main() -> None:
    (PLATFORMS / "kustomization.yaml").write_text(platforms())
    for script in ("nats/permissions.py", "observability/generate.py"):
        subprocess.run([sys.executable, HERE / script], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
