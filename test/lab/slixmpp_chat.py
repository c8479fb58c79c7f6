"""A stock client that chats, driven by JSON lines: slixmpp as it is, which says every stanza that it gets."""
import asyncio
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, certificate, carbons):
        # With a certificate (PEM, its key behind it) it logs in by that and in no other way.
        super().__init__(jid, password, plugin_config={"feature_mechanisms": {"use_mech": "EXTERNAL"} if certificate else {}})
        self.certfile = self.keyfile = certificate
        self.carbons = carbons
        # The laboratory's servers sign their certificates themselves.
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        for plugin in ("xep_0030", "xep_0085", "xep_0184", "xep_0280", "xep_0308"):
            self.register_plugin(plugin)
        # Receipts are for the tests to send.
        self["xep_0184"].auto_ack = False
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", self.refused)
        self.add_event_handler("disconnected", lambda why: print("disconnected:", why, file=sys.stderr))
        self.add_filter("in", self.heard)

    def refused(self, failure):
        print("refused:", failure["condition"], failure["text"], file=sys.stderr)

    def heard(self, stanza):
        say({"stanza": str(stanza)})
        return stanza

    async def started(self, _):
        if self.carbons:
            await self["xep_0280"].enable()
        await self.get_roster()
        self.send_presence()
        say({"online": str(self.boundjid)})
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            if line == "":
                break
            self.send_raw(json.loads(line)["send"])
        self.disconnect()


def say(words):
    print(json.dumps(words), flush=True)


def main():
    login = json.loads(sys.stdin.readline())
    client = Client(login["jid"], login["password"], login.get("certificate"), carbons=True)
    client.connect((login["host"], login["port"]))
    client.process(forever=False)


main()
