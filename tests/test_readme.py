"""The README's example runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_example_runs_and_says_what_it_promises(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names: dict[str, object] = {}
    exec(example, names)
    said = capsys.readouterr().out
    assert said.startswith("3g.20gb cannot start at memory slice 2. Its starts are 0 and 4.")
    assert "With seven tenants MIG serves 2.0 times the requests" in said
