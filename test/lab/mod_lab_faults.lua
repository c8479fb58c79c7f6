-- Test module for Prosody: cells that get lost or are said off the clock, and what an observer of rooms and links must not see.
-- To be enabled everywhere, on the room service, where frames are said, and on the component, where they are heard. Steered by
-- files in its folder; writes what it saw to `frames.json` each second.
module:set_global();

local base64 = require "util.encodings".base64;
local filters = require "util.filters";
local json = require "util.json";
local now = require "util.time".now;
local st = require "util.stanza";
local timer = require "util.timer";

local folder = module:get_option_string("lab_faults_folder");
local marker = module:get_option_string("lab_faults_marker");
local namespace = "urn:p3do:0";
local frame_length = 2732;
local look_every, write_every = 0.1, 1;

local share = 0;
local rooms = {};
local seen = { contexts = {}, readable = 0, lengths = 0, lost = 0, flooded = 0 };

local function read_file(path)
	local file = io.open(path);
	if not file then return nil; end
	local text = file:read("*a");
	file:close();
	return text;
end

local function take_file(name)
	local path = folder.."/"..name;
	local text = read_file(path);
	if text then os.remove(path); end
	return text;
end

local function write_seen()
	local draft = folder.."/frames.draft";
	local file = assert(io.open(draft, "w"));
	file:write(json.encode(seen));
	file:close();
	assert(os.rename(draft, folder.."/frames.json"));
end

local function is_readable(text)
	return text:find(marker, 1, true) ~= nil;
end

-- What a link between servers carries is not to be read either, outside of its TLS.
local function watch_link(session)
	if not session.type:match("^s2s") then return; end
	filters.add_filter(session, "stanzas/in", function (stanza)
		if is_readable(tostring(stanza)) then seen.readable = seen.readable + 1; end
		return stanza;
	end, 1000);
end

filters.add_filter_hook(watch_link);

local function watch_frame(event)
	local frame = event.stanza:get_child_text("cell", namespace);
	if not frame then return; end
	rooms[event.room] = true;
	if #frame ~= frame_length then seen.lengths = seen.lengths + 1; end
	if is_readable(frame) or is_readable(base64.decode(frame) or "") then seen.readable = seen.readable + 1; end
	local context = seen.contexts[event.room.jid] or { first = now(), count = 0 };
	seen.contexts[event.room.jid] = context;
	context.count = context.count + 1;
	context.last = now();
end

local function lose(event)
	if event.stanza.attr.type ~= "groupchat" or not event.stanza:get_child("cell", namespace) then return; end
	if math.random() >= share then return; end
	seen.lost = seen.lost + 1;
	return true;
end

-- Said as if by the room's speaker: its server floods, and no clock of the plugin's holds it back.
local function say(room, nick, frame)
	room:broadcast(st.message({ type = "groupchat", from = nick }):text_tag("cell", frame, { xmlns = namespace }));
	seen.flooded = seen.flooded + 1;
end

local function flood(frames)
	for room in pairs(rooms) do
		for nick, occupant in room:each_occupant() do
			if occupant.role == "moderator" then
				for frame in frames:gmatch("%S+") do say(room, nick, frame); end
			end
		end
	end
end

-- What was said before a restart was said all the same.
local before = json.decode(read_file(folder.."/frames.json") or "{}");
seen.flooded = type(before) == "table" and before.flooded or 0;

timer.add_task(look_every, function ()
	share = tonumber(read_file(folder.."/loss") or "") or 0;
	-- After a start there is nobody to hear it until rooms are spoken in.
	local frames = next(rooms) and take_file("flood");
	if frames then flood(frames); write_seen(); end
	return look_every;
end);

timer.add_task(write_every, function ()
	write_seen();
	return write_every;
end);

function module.add_host(host)
	host:hook("message/full", lose, 1000);
	host:hook("muc-broadcast-message", watch_frame, 1000);
end
