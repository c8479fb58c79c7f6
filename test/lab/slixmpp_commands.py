"""A stock client's ad-hoc commands, driven by JSON lines: slixmpp as it is, with its plugin xep_0050."""
import asyncio
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        for plugin in ("xep_0030", "xep_0004", "xep_0050"):
            self.register_plugin(plugin)
        # The laboratory's certificates are their own issuers.
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", lambda _: say({"failed": "auth"}))
        self.open = {}

    async def started(self, _):
        self.send_presence()
        say({"online": True})
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            if line == "":
                break
            await self.do(json.loads(line))
        self.disconnect()

    async def do(self, asked):
        if asked["do"] == "list":
            await self.list(asked["to"])
            return
        session = self.open.get(asked.get("session"))
        if session is None:
            session = {"next": self.shown, "error": self.refused}
            self["xep_0050"].start_command(asked["to"], asked["node"], session)
            return
        session["payload"] = self.form(asked.get("fields"))
        action = asked.get("action", "complete")
        if action == "complete":
            self["xep_0050"].complete_command(session)
        elif action == "cancel":
            self["xep_0050"].cancel_command(session)
        else:
            self["xep_0050"].continue_command(session, direction=action)

    async def list(self, to):
        try:
            found = await self["xep_0050"].get_commands(to)
            say({"commands": {node: name for _, node, name in found["disco_items"]["items"]}})
        except slixmpp.exceptions.IqError as error:
            say({"condition": error.condition})

    def form(self, fields):
        if fields is None:
            return None
        form = self["xep_0004"].make_form(ftype="submit")
        for name, value in fields.items():
            form.add_field(var=name, value=value)
        return form

    def shown(self, iq, session):
        command = iq["command"]
        self.open[session["id"]] = session
        form = command["form"]
        say(
            {
                "session": session["id"],
                "status": command["status"],
                "actions": sorted(command["actions"]),
                "notes": [list(note) for note in command["notes"]],
                "title": form["title"],
                "instructions": form["instructions"],
                "fields": {
                    name: [field["type"], field["label"], field["required"]]
                    for name, field in form.get_fields().items()
                },
                "values": form.get_values() if form["type"] == "result" else {},
                "rows": [list(item.values()) for item in form.get_items()],
            }
        )

    def refused(self, iq, session):
        say({"condition": iq["error"]["condition"], "text": iq["error"]["text"]})


def say(answer):
    print(json.dumps(answer), flush=True)


def main():
    login = json.loads(sys.stdin.readline())
    client = Client(login["jid"], login["password"])
    client.connect((login["host"], login["port"]))
    client.process(forever=False)


main()
