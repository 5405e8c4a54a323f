"""The signing secret is made once and readable by its owner alone."""

from pathlib import Path

from project.secret import secret_key


def test_it_stays_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    secret = secret_key(path)
    assert len(secret) >= 50
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)  # as a copy has it
    assert secret_key(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
