-- Test module for Prosody: a user's request reloads the plugin's module, as an admin's `prosodyctl shell module reload` does.
local st = require "util.stanza";
local reload = require "core.modulemanager".reload;

module:hook("iq-set/host/urn:p3do:lab:reload:reload", function(event)
	local done, why = reload("p3do." .. module.host, "p3do");
	event.origin.send(done and st.reply(event.stanza) or st.error_reply(event.stanza, "cancel", "internal-server-error", why));
	return true;
end);
