#!/usr/bin/env bash
# Streamlit 1.67.0: the last elements of a page are lost when a fragment's timer ticks as a run ends.
#
# A run that has ended may still have messages in the server's event loop. If the browser asks for a
# run of a fragment (`run_every`) at that moment, a new runner replaces the ended one, and what the
# ended one had sent is ignored. The browser keeps an older page, or one without its end, until the
# next full run; it is not told that the run has finished. The busier the server, the longer the
# moment. A page whose charts come last, after a fragment that shows progress, loses a chart.
#
# Here the event loop is kept busy until the run has ended, then asked for the fragment: only the
# fragment's text arrives, the text after it never does.
#
# Seen with streamlit 1.67.0, Python 3.11. Fails where that changes.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check streamlit==1.67.0
cat > "$folder/page.py" <<'PYTHON'
import streamlit as st


@st.fragment(run_every=60)
def clock():
    st.text("progress")


clock()
st.text("result")
PYTHON
"$folder/venv/bin/python" - "$folder/page.py" 2>/dev/null <<'PYTHON'
import asyncio
import sys
import threading

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager


class Browser:
    client_context = None

    def __init__(self):
        self.received = []

    def write_forward_msg(self, message):
        self.received.append(message)

    def texts(self):
        deltas = [m.delta for m in self.received if m.WhichOneof("type") == "delta"]
        return [d.new_element.text.body for d in deltas if d.new_element.text.body]


def running():
    return [t for t in threading.enumerate() if t.name == "ScriptRunner.scriptThread"]


async def main():
    storage = MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload")
    runtime = Runtime(RuntimeConfig(sys.argv[1], *storage))
    await runtime.start()
    browser = Browser()
    session = runtime.connect_session(browser, {})

    async def ask(fragment="", wait=True):
        request = BackMsg()
        request.rerun_script.fragment_id = fragment
        request.rerun_script.is_auto_rerun = bool(fragment)
        runtime.handle_backmsg(session, request)
        if wait:
            await asyncio.sleep(2)

    await ask()
    usual = browser.texts()
    timer = next(m for m in browser.received if m.WhichOneof("type") == "auto_rerun")
    browser.received.clear()
    await ask(wait=False)
    for thread in running():
        thread.join()
    await ask(timer.auto_rerun.fragment_id)
    busy = browser.texts()
    print("usual run:", usual, "| when the timer ticks as it ends:", busy)
    assert usual == ["progress", "result"], usual
    assert busy == ["progress"], busy
    runtime.stop()


asyncio.run(main())
PYTHON
