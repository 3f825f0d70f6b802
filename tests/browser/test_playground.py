"""The playground as somebody uses it: heard, spoken to, stopped, paid, and without scripts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.conftest import Launch, OpenPage, watch_of
from tests.browser.people import Person
from tests.browser.waiting import wait_for
from tests.harness.audio import ffmpeg_convert, hear
from tests.harness.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

TEXT = "The old captain watched the river carry leaves past the silent garden."
LONG_TEXT = " ".join([TEXT] * 20)
SPEAKING_MS = 180_000
"""A busy machine loads its engines and speaks, all at once."""
FORM_BYTES = 5 * 2**20


def is_over(page: Page) -> None:
    expect(page.locator("[data-stop]")).to_be_hidden(timeout=SPEAKING_MS)


def kept(page: Page, link: Locator) -> Download:
    with page.expect_download() as given:
        link.click()
    return given.value


def heard_in(member: Person, audio: bytes, name: str) -> str:
    with member.account.sdk() as sdk:
        return sdk.audio.transcriptions.create(model="whisper-1", file=(name, audio)).text


@pytest.fixture(scope="module")
def speech(server: Server) -> bytes:
    """A wav file of `TEXT`."""
    with server.account().sdk() as sdk:
        made = sdk.audio.speech.create(
            model="tts-1", voice="nova", input=TEXT, response_format="wav"
        )
    return made.content


def speak(page: Page, text: str, form: str) -> None:
    page.goto("/playground/?voice=nova")
    page.get_by_label("Text").fill(text)
    page.get_by_label("Format").select_option(form)
    page.get_by_role("button", name="Speak").click()


def position(page: Page, element: str) -> float:
    seconds: float = page.evaluate(f"document.querySelector('{element}').currentTime")
    return seconds


def plays_past(page: Page, element: str, seconds: float) -> None:
    wait_for(page, f"document.querySelector('{element}').currentTime > {seconds}")


@pytest.mark.parametrize("form", ["mp3", "wav", "opus"])
def test_a_speech_is_heard_kept_and_paid(
    member_page: Page, member: Person, server: Server, form: str
) -> None:
    """mp3 is fed to the player as it comes, wav played from its samples, opus when it is whole."""
    page, before = member_page, member.account.settled_balance()
    speak(page, TEXT, form)
    expect(page.locator("#estimate")).to_contain_text("at most")
    is_over(page)

    received = kept(page, page.get_by_role("link", name="Download").first)
    data = Path(received.path()).read_bytes()
    assert re.fullmatch(rf"\w*nova-the-old-captain[a-z-]*\.{form}", received.suggested_filename)
    assert "captain watched the river" in heard_in(member, data, f"speech.{form}")
    assert hear(data).loudness > 0.01
    job = [j for j in server.rows("SELECT * FROM audio_api_job") if j["request_id"]]
    (mine,) = (j for j in job if j["voice_name"] and j["cost_micros"] and _is_of(server, j, member))
    assert mine["api_key_id"] is None
    expect(page.locator("#state")).to_contain_text(f"${mine['cost_micros'] / 1e6:.6f}".rstrip("0"))
    assert member.account.settled_balance() < before
    _plays(page, "#player audio")


def _is_of(server: Server, job: dict[str, object], member: Person) -> bool:
    query = f"SELECT email FROM accounts_user WHERE id = {job['user_id']}"
    return bool(server.rows(query)[0]["email"] == member.email)


def _plays(page: Page, element: str) -> None:
    """It plays by itself, and can be played again from anywhere."""
    page.evaluate(f"document.querySelector('{element}').currentTime = 1")
    page.evaluate(f"document.querySelector('{element}').play()")
    plays_past(page, element, 1.2)


def test_it_plays_while_it_is_made_and_who_stops_pays_for_what_came(
    member_page: Page, member: Person, server: Server
) -> None:
    page = member_page
    speak(page, LONG_TEXT, "mp3")
    expect(page.locator("#state")).to_contain_text("Playing", timeout=SPEAKING_MS)
    plays_past(page, "#player audio", 0)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state")).to_contain_text("Stopped: $0.", timeout=SPEAKING_MS)
    job = server.wait_for_job(member.account, "cancelled")
    assert 0 < job["cost_micros"] < job["held_micros"] / 2
    assert page.evaluate("document.querySelector('#player audio').paused") is True


def test_what_is_refused_is_said_beside_the_form(member_page: Page) -> None:
    page = member_page
    page.goto("/playground/")
    page.get_by_label("Text").fill("x" * 4097)
    expect(page.locator("#count")).to_contain_text("4,097 of 4096")
    watch_of(page).allow("status of 400")
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("alert")).to_contain_text("At most 4,096 characters")
    expect(page.get_by_role("button", name="Speak")).to_be_enabled()


def test_a_voice_is_found_by_a_few_letters(member_page: Page) -> None:
    page = member_page
    page.goto("/playground/")
    options = page.locator("#voice option")
    every = options.count()
    page.get_by_label("Find a voice").fill("joe")
    expect(page.locator("#voice")).to_have_value("joe")
    assert options.count() < every
    expect(page.locator("#program-python")).to_contain_text('voice="joe"')
    page.get_by_label("Find a voice").fill("nobody is called that")
    expect(page.locator("[data-none]")).to_have_text("No voice is called that.")
    assert options.count() == every


def transcribe(page: Page, name: str, recording: bytes) -> None:
    page.goto("/playground/transcription/")
    file = {"name": name, "mimeType": "audio/wav", "buffer": recording}
    page.get_by_label("Recording", exact=True).first.set_input_files(file)
    expect(page.locator("#estimate")).to_contain_text("It will cost $0.")
    page.evaluate(
        "() => { window.told = []; const live = document.getElementById('live');"
        " new MutationObserver(() => window.told.push(live.textContent))"
        ".observe(live, { childList: true }); }"
    )
    page.get_by_role("button", name="Transcribe").click()


def test_a_recording_is_written_down_and_its_words_are_heard(
    member_page: Page, speech: bytes, downloads: Path
) -> None:
    """A large one, which needs leave to be sent; told live, then word by word, kept in files."""
    page = member_page
    large = ffmpeg_convert(
        speech, "-ar", "48000", "-ac", "2", "-af", "apad=whole_dur=30", "-f", "wav"
    )
    assert len(large) > FORM_BYTES
    transcribe(page, 'my "talk" <b>.wav', large)
    expect(page.locator("#program-curl")).to_contain_text('file=@"my talk b.wav"')
    is_over(page)

    expect(page.locator("#words .transcript")).to_contain_text("captain watched the river")
    assert any("captain" in told for told in page.evaluate("window.told"))
    word = page.locator(".word", has_text="river").first
    word.click()
    at = position(page, "#source")
    assert at > 0.5
    plays_past(page, "#source", at)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert position(page, "#source") > at
    saved = kept(page, page.get_by_role("link", name="SRT"))
    assert "-->" in Path(saved.path()).read_text()
    whole = json.loads(Path(kept(page, page.get_by_role("link", name="JSON")).path()).read_text())
    assert whole["words"]
    expect(page.locator("#state")).to_contain_text("$0.005 for 30 seconds of audio.")


def test_the_microphone_is_written_down(
    launch: Launch, open_page: OpenPage, member: Person, speech: bytes, tmp_path: Path
) -> None:
    spoken = tmp_path / "spoken.wav"
    spoken.write_bytes(ffmpeg_convert(speech, "-ar", "48000", "-f", "wav"))
    chromium = launch(f"--use-file-for-fake-audio-capture={spoken}")
    page = open_page(member, by=chromium, permissions=["microphone"])
    page.goto("/playground/transcription/")
    page.get_by_role("button", name="Record", exact=True).click()
    wait_for(page, "document.getElementById('level').value > 0.02")
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Pause").click()
    told = page.locator("[data-timer]").text_content()
    page.wait_for_timeout(1200)
    assert page.locator("[data-timer]").text_content() == told
    page.get_by_role("button", name="Go on").click()
    page.wait_for_timeout(4000)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#estimate")).to_contain_text("It will cost $0.")
    page.get_by_role("button", name="Transcribe").click()
    is_over(page)
    expect(page.locator("#words .transcript")).to_contain_text(re.compile("captain|river|garden"))
    chromium.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "may not use the microphone"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "in use by another program"),
    ],
)
def test_without_a_microphone_it_says_why(member_page: Page, error: str, words: str) -> None:
    member_page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        f" () => Promise.reject(new DOMException('', '{error}'));"
    )
    member_page.goto("/playground/transcription/")
    member_page.get_by_role("button", name="Record", exact=True).click()
    expect(member_page.get_by_role("alert").filter(has_text=words)).to_be_visible()


def test_without_scripts_a_form_gives_a_file_and_a_page(
    open_page: OpenPage, member: Person, speech: bytes
) -> None:
    page = open_page(member, java_script_enabled=False)
    page.goto("/playground/?voice=nova")
    page.get_by_label("Text").fill(TEXT)
    received = kept(page, page.get_by_role("button", name="Speak"))
    assert "captain" in heard_in(member, Path(received.path()).read_bytes(), "speech.mp3")

    page.goto("/playground/transcription/")
    file = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": speech}
    page.get_by_label("Recording", exact=True).first.set_input_files(file)
    page.get_by_role("button", name="Transcribe").click()
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible(timeout=SPEAKING_MS)
    expect(page.locator(".transcript")).to_contain_text("captain watched the river")
    expect(page.get_by_label("SRT")).to_have_value(re.compile("-->"))
