"""The files themselves: Asterisk has nothing to say about them, and nothing in them evaluates."""

from __future__ import annotations

import re

from dialplan_lab import ROOT, DialplanLab
from story import read_journal

COMPLAINT = re.compile(r"(?:WARNING|ERROR)\[\d+\]\S* (\S+): (.*)")
OUR_NAMES = re.compile(r"pbx_bridge|pbx-bridge-(?!lab)|PBX_BRIDGE")
READERS_OF_OUR_FILES = {
    *("asterisk.c", "cel.c", "cel_custom.c", "cel_manager.c", "cdrel_custom/config.c", "config.c"),
    *("ari/cli.c", "ari/config.c", "extconf.c", "http.c", "manager.c", "pbx.c", "pbx_config.c"),
    *("res_ari.c", "app_voicemail.c", "app_queue.c"),
}


def _code(name: str) -> list[str]:
    """The lines of a shipped file, without comments."""
    lines = (ROOT / "dialplan" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(";")]


async def test_asterisk_loads_the_shipped_files_without_a_word(lab: DialplanLab) -> None:
    """Asterisk logs no warning and no error about any file of dialplan/ when it loads them."""
    log = lab.pbx.log.read_text(errors="replace").partition("Executing [")[0]
    complaints = [
        (source, text)
        for source, text in COMPLAINT.findall(log)
        if source in READERS_OF_OUR_FILES or OUR_NAMES.search(text)
    ]
    assert "pbx_bridge.csv: Logging CEL records" in log
    assert complaints == []


async def test_every_context_is_in_the_running_dialplan(lab: DialplanLab) -> None:
    """What the file says is what Asterisk runs: the same contexts, none lost on the way."""
    written = re.findall(r"(?m)^\[(.+)\]$", "\n".join(_code("extensions_pbx_bridge.conf")))
    shown = await lab.pbx.cli("dialplan show")
    running = re.findall(r"\[ Context '(pbx-bridge[^']*)' created by 'pbx_config' \]", shown)
    assert sorted(running) == sorted(written)


async def test_users_cel_and_journal_are_as_the_snippets_say(lab: DialplanLab) -> None:
    """The ARI and AMI users exist, CEL goes to both backends, the boot was journaled."""
    assert "pbx-bridge" in await lab.pbx.cli("ari show users")
    assert "write perm: call,originate" in await lab.pbx.cli("manager show user pbx-bridge")
    status = await lab.pbx.cli("cel show status")
    assert "CEL Logging: Enabled" in status
    assert "CEL Event Subscriber: CEL Custom CSV Logging" in status
    assert "CEL Event Subscriber: Manager Event Logging" in status
    boots = [r for r in read_journal(lab.pbx.journal) if r["userdeftype"] == "PBX_BRIDGE_BOOT"]
    assert [re.sub(r"\d+", "N", row["eventextra"]) for row in boots] == ['{"extra":"started=N"}']


def test_secrets_are_two_placeholders_and_nothing_else() -> None:
    """``pbx-bridge init`` fills in exactly these two; no secret is shipped."""
    found = {
        (path.name, word)
        for path in (ROOT / "dialplan").glob("*.conf")
        for word in re.findall(r"(?m)^(?:secret|password)\s*=\s*(.+)$", path.read_text())
    }
    assert found == {
        ("ari_pbx_bridge.conf", "CHANGE_ME_ARI_PASSWORD"),
        ("manager_pbx_bridge.conf", "CHANGE_ME_AMI_SECRET"),
        ("manager_pbx_bridge_older.conf", "CHANGE_ME_AMI_SECRET"),
    }


def test_nothing_in_the_dialplan_evaluates_or_runs_text() -> None:
    """No application or function that evaluates its argument, no caller's text in an expression."""
    dangerous = re.compile(r"\b(EVAL|Exec|TryExec|System|TrySystem|SHELL|AGI|EAGI|CURL|MacroIf)\(")
    callers_text = re.compile(r"\$\[[^]]*\$\{(CALLERID|REDIRECTING|CONNECTEDLINE|URIDECODE)\(")
    length_only = "${LEN(${CALLERID(name)})}"
    fastagi_only = "AGI(${GLOBAL(PBX_BRIDGE_FASTAGI)},${EXTEN},${CALLERID(num-pres)})"
    lines = [
        line.replace(length_only, "0").replace(fastagi_only, "")
        for line in _code("extensions_pbx_bridge.conf")
    ]
    assert [line for line in lines if dangerous.search(line) or callers_text.search(line)] == []


def test_every_setting_has_a_place_in_the_dialplan() -> None:
    """No setting in globals_pbx_bridge.conf that nothing reads."""
    settings = {line.partition("=")[0] for line in _code("globals_pbx_bridge.conf")}
    dialplan = "\n".join(_code("extensions_pbx_bridge.conf"))
    assert {name for name in settings if name not in dialplan} == set()


def test_every_setting_variable_and_event_is_documented() -> None:
    """docs/dialplan.md names each PBX_BRIDGE_ word of the dialplan, but for its inner workings."""
    inner = re.compile(r"PBX_BRIDGE_(PLAN_\w+|DOOR|MS|LIMIT|AGI_EXIT|SOUND|STARTED|FELL_BACK)$")
    code = "\n".join(_code("extensions_pbx_bridge.conf") + _code("globals_pbx_bridge.conf"))
    words = {word for word in re.findall(r"PBX_BRIDGE_[A-Z_]+", code) if not inner.match(word)}
    documented = set(re.findall(r"PBX_BRIDGE_[A-Z_]+", (ROOT / "docs/dialplan.md").read_text()))
    assert words - documented == set()


def test_every_note_is_documented() -> None:
    """Each word of a PBX_BRIDGE_NOTE has a line in docs/dialplan.md."""
    code = "\n".join(_code("extensions_pbx_bridge.conf"))
    notes = re.findall(r"pbx-bridge-note,s,1\(([a-z ]+)", code)
    docs = (ROOT / "docs/dialplan.md").read_text()
    assert len(notes) == 9
    assert [note for note in notes if f"`{note}" not in docs] == []
