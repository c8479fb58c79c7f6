-- Test module for Prosody: writes what passes between servers and what rooms say to a file, one JSON object per line.
-- On the wire out: the octets as they go into TLS. In: each stanza as parsed. Room: each broadcast, once per room.
module:set_global();

local json = require "util.json";
local now = require "util.time".now;
local filters = require "util.filters";

local file = assert(io.open(module:get_option_string("lab_tap_file"), "a"));

local function attribute(xml, name)
	local tag = xml:match("^<[^>]*>") or "";
	return tag:match("%s" .. name .. "='([^']*)'") or tag:match("%s" .. name .. "=\"([^\"]*)\"");
end

local function write(direction, xml, from, to)
	file:write(json.encode({
		time = math.floor(now() * 1000), direction = direction, server = module:get_option_string("lab_tap_server"),
		from = from or attribute(xml, "from") or "", to = to or attribute(xml, "to") or "", xml = xml,
	}), "\n");
	file:flush();
end

local function tap(session)
	if not session.type:match("^s2s") then return; end
	-- Stanzas that waited for the connection pass as text and meet no stanza filter; octets see all.
	filters.add_filter(session, "bytes/out", function (data)
		write("out", data);
		return data;
	end, -1000);
	filters.add_filter(session, "stanzas/in", function (stanza)
		write("in", tostring(stanza));
		return stanza;
	end, 1000);
end

filters.add_filter_hook(tap);

function module.unload()
	filters.remove_filter_hook(tap);
end

function module.add_host(host)
	host:hook("muc-broadcast-message", function (event)
		write("room", tostring(event.stanza), event.stanza.attr.from, event.room.jid);
	end, 1000);
end
