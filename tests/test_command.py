"""``python -m course``: help, and errors in words."""

import pytest

from course.__main__ import main


@pytest.mark.parametrize("command", ["build", "check", "slides", "site", "homework", "questions"])
def test_every_command_helps(command, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"], tmp_path)
    assert ended.value.code == 0 and f"python -m course {command}" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_an_unknown_command_is_told_which_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bild"])
    assert ended.value.code == 2 and "'build', 'check'" in capsys.readouterr().err


def test_a_missing_extra_is_named(monkeypatch, capsys):
    def missing(name):
        raise ModuleNotFoundError(name="ziamath")

    monkeypatch.setattr("importlib.import_module", missing)
    assert main(["slides"]) == 1
    assert capsys.readouterr().err == "slides: ziamath isn't installed; run: pip install -e '.[slides]'\n"
