"""SIPp scenarios: the two sides of a call, filled in from a few choices.

What a caller says of himself (name, number, extra headers) is not in the XML but comes in by SIPp's
``-key``, which puts texts into messages as they are: nothing needs escaping, for XML or for SIPp's
own ``[keywords]``. In the templates ``%{WORDS}`` are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

#: Every final answer that may end an attempt: SIPp has to be told of each.
_REFUSALS = (
    *(400, 401, 403, 404, 405, 406, 407, 408, 410, 413, 415, 420, 480, 481, 482, 483, 484, 485),
    *(486, 487, 488, 491, 500, 501, 502, 503, 504, 505, 513, 600, 603, 604, 606),
)
REASON_PHRASES = {
    302: "Moved Temporarily",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}


class _Scenario(Template):
    """A template whose places are written ``%{NAME}``: dollars and brackets belong to SIPp."""

    delimiter = "%"


_SOUND = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=lab 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [%{PORT}] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20"""

_CALLER = _Scenario("""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:[lab_to]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [lab_from];tag=[pid]lab[call_number]
To: <sip:[lab_to]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:lab@[local_ip]:[local_port]>
Max-Forwards: 70
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS
%{HEADERS}%{SOUND}
]]></send>
<recv response="100" optional="true" %{PATIENCE}/>
<recv response="180" optional="true" rtd="1" %{PATIENCE}/>
<recv response="181" optional="true" %{PATIENCE}/>
<recv response="182" optional="true" %{PATIENCE}/>
<recv response="183" optional="true" %{PATIENCE}/>
%{REFUSALS}
<recv response="200" rtd="2" %{PATIENCE}/>
<send><![CDATA[
ACK sip:[lab_to]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [lab_from];tag=[pid]lab[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
%{PLAY}
<recv request="BYE" %{TALK}/>
<send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>

<label id="hang_up"/>
<send retrans="500"><![CDATA[
BYE sip:[lab_to]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [lab_from];tag=[pid]lab[call_number]
To: <sip:[lab_to]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv request="BYE" optional="true" next="crossed"/>
<recv response="481" optional="true" next="over"/>
<recv response="200" next="over"/>

<label id="crossed"/>
<send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>

<label id="cancel"/>
<send retrans="500"><![CDATA[
CANCEL sip:[lab_to]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
From: [lab_from];tag=[pid]lab[call_number]
To: <sip:[lab_to]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="200"/>
<recv response="487"/>

<label id="refused"/>
<send><![CDATA[
ACK sip:[lab_to]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
From: [lab_from];tag=[pid]lab[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>

<label id="over"/>
<nop/>
</scenario>
""")

_CALLEE = _Scenario("""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="callee">
<recv request="INVITE"><action>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>
<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="contact"/>
</action></recv>
%{RING}
<recv request="CANCEL" %{PATIENCE}/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]lab[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>
<send next="acknowledged" retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
Via:[$via]
From:[$caller]
To:[$callee];tag=[pid]lab[call_number]
Call-ID: [call_id]
CSeq: [$cseq] INVITE
Content-Length: 0
]]></send>

<label id="reply"/>
<send next="%{NEXT}" retrans="500"><![CDATA[
SIP/2.0 %{STATUS} %{PHRASE}
Via:[$via]
From:[$caller]
To:[$callee];tag=[pid]lab[call_number]
Call-ID: [call_id]
CSeq: [$cseq] INVITE
Contact: <%{CONTACT}>
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS
%{SOUND}
]]></send>

<label id="acknowledged"/>
<recv request="ACK" next="over"/>

<label id="answered"/>
<recv request="ACK"/>
%{THEN}
%{PLAY}
<recv request="BYE" %{TALK}/>
<send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>

<label id="hang_up"/>
<send retrans="500"><![CDATA[
BYE [$contact] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$callee];tag=[pid]lab[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="481" optional="true" next="over"/>
<recv response="200"/>

<label id="over"/>
<nop/>
</scenario>
""")

_RING = """<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]lab[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:lab@[local_ip]:[local_port]>
Content-Length: 0
]]></send>"""

_REFER = _Scenario("""<pause milliseconds="%{MILLISECONDS}"/>
<send retrans="500"><![CDATA[
REFER [$contact] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$callee];tag=[pid]lab[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 1 REFER
Contact: <sip:lab@[local_ip]:[local_port]>
Refer-To: <sip:%{EXTENSION}@[remote_ip]:[remote_port]>
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="202"/>""")

_REGISTER = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
<send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[lab_extension]@[remote_ip]>;tag=[pid]lab[call_number]
To: <sip:[lab_extension]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[lab_extension]@127.0.0.1:[lab_port]>
Expires: 3600
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="401" auth="true"/>
<send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[lab_extension]@[remote_ip]>;tag=[pid]lab[call_number]
To: <sip:[lab_extension]@[remote_ip]>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:[lab_extension]@127.0.0.1:[lab_port]>
[authentication]
Expires: 3600
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="200"/>
</scenario>
"""


def _timeout(seconds: float | None, label: str) -> str:
    if seconds is None:
        return ""
    return f'timeout="{max(1, round(seconds * 1000))}" ontimeout="{label}"'


def _sound(speech: Path | None) -> str:
    return _SOUND.replace("%{PORT}", "rtpstream_audio_port" if speech else "media_port")


def _play(speech: Path | None) -> str:
    if speech is None:
        return ""
    return f'<nop><action><exec rtp_stream="{speech},-1,0"/></action></nop>'


def _refer(extension: str | None, after_seconds: float) -> str:
    if extension is None:
        return ""
    return _REFER.substitute(EXTENSION=extension, MILLISECONDS=round(after_seconds * 1000))


def caller_scenario(
    *,
    headers: Sequence[str] = (),
    speech: Path | None = None,
    hang_up_after_seconds: float | None = None,
    cancel_after_seconds: float | None = None,
) -> str:
    """Return the scenario of one who calls; SIPp gets the keys ``lab_to`` and ``lab_from``.

    ``headers`` names further keys that hold one whole header line each, ``speech`` is raw µ-law.
    He hangs up so long after the answer, else waits for BYE; he cancels so long after the last
    sign of life from the other side, else waits for ever.
    """
    patience = _timeout(cancel_after_seconds, "cancel")
    refusals = (
        f'<recv response="{status}" optional="true" next="refused" {patience}/>'
        for status in _REFUSALS
    )
    return _CALLER.substitute(
        HEADERS="".join(f"[{header}]\n" for header in headers),
        SOUND=_sound(speech),
        PATIENCE=patience,
        REFUSALS="\n".join(refusals),
        PLAY=_play(speech),
        TALK=_timeout(hang_up_after_seconds, "hang_up"),
    )


def callee_scenario(
    *,
    reply: int | None = 200,
    rings: bool = True,
    reply_after_seconds: float = 0.2,
    hang_up_after_seconds: float | None = None,
    speech: Path | None = None,
    contact: str | None = None,
    refers_to: str | None = None,
    refers_after_seconds: float = 1.0,
) -> str:
    """Return the scenario of one who is called.

    ``reply`` is the final status, None for a phone that never answers. ``contact`` is the SIP URI
    that a 302 names. He hangs up so long after the answer, else waits for BYE; with ``refers_to``
    he hands the call on to that extension, without asking there (a blind transfer by REFER), and
    hangs up so long after that: Asterisk leaves it to him.
    """
    is_answering = reply is not None and reply < 300
    return _CALLEE.substitute(
        RING=_RING if rings else "",
        PATIENCE=_timeout(None if reply is None else reply_after_seconds, "reply"),
        NEXT="answered" if is_answering else "acknowledged",
        STATUS=reply or 480,
        PHRASE="OK" if is_answering else REASON_PHRASES.get(reply or 480, "Refused"),
        CONTACT=contact or "sip:lab@[local_ip]:[local_port]",
        THEN=_refer(refers_to, refers_after_seconds),
        SOUND=_sound(speech) if is_answering else "Content-Length: 0",
        PLAY=_play(speech),
        TALK=_timeout(hang_up_after_seconds, "hang_up"),
    )


def register_scenario() -> str:
    """Return the scenario that registers ``lab_extension`` at port ``lab_port`` of 127.0.0.1."""
    return _REGISTER
