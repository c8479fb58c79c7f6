-- What the P3DO plugin needs from Prosody beyond XEP-0114 (docs/host-module.md): publishing users' OX keys, which account exists,
-- showing a message once, taking the component's addresses out of contact lists, and handing over what users write to contacts for whom
-- they turned onion routing on.
-- Loaded on the plugin's Component, it serves the VirtualHosts that `p3do_hosts` names, and nobody but that component.
-- Every request is an iq with one child in urn:p3do:route:0, between the VirtualHost and the component.
local st = require "util.stanza";
local errors = require "util.error";
local jid = require "util.jid";
local new_id = require "util.id".medium;
local to_ascii = require "util.encodings".idna.to_ascii;
local datamanager = require "util.datamanager";
local sha256 = require "util.hashes".sha256;
local user_exists = require "core.usermanager".user_exists;
local rostermanager = require "core.rostermanager";

local xmlns = "urn:p3do:route:0";
local xmlns_ox = "urn:xmpp:openpgp:0";
local xmlns_pubsub = "http://jabber.org/protocol/pubsub";
local component = module.host;
local key_list = xmlns_ox .. ":public-keys";

-- XEP-0373 s4: everyone may read the keys, and the last one stays. A node that exists keeps what its owner set.
local node_defaults = { access_model = "open", persist_items = true, max_items = 1, _defaults_only = true };

-- The only nodes that are ever written, or asked for in a contact's place: the list of keys, and a key by its fingerprint.
local function is_key_node(node)
	local fingerprint = node:match("^" .. key_list:gsub("%p", "%%%0") .. ":(%x+)$");
	return node == key_list or (fingerprint ~= nil and #fingerprint == 40);
end

-- The name of an existing user of the host, from a bare address.
local function local_user(host, address)
	local node, domain, resource = jid.prepped_split(address);
	if node and domain == host and not resource and user_exists(node, host) then
		return node;
	end
end

local not_found = errors.new({ type = "modify", condition = "item-not-found", text = "There is no such account here." });
local bad_request = errors.new({ type = "modify", condition = "bad-request" });
local not_routed = errors.new({ type = "auth", condition = "not-allowed", text = "The user has not turned this on." });
local too_many = errors.new({ type = "wait", condition = "resource-constraint" });
local not_stored = errors.new({ type = "wait", condition = "internal-server-error" });

--- Rules: for whom users turned onion routing on. They lie on the disk of the host, so that they hold whatever becomes of the plugin.

local most_rules = 400;
local stores, known = {}, {};
local mark_stores = {};

-- A text that goes with an account's data when it is removed: another account of that name gets another one. Without a name, the host's own,
-- by which it is known that they are of one and the same disk.
local function mark_of(host, user)
	local data, err = mark_stores[host]:get(user);
	if data then return data.mark; end
	local mark = new_id();
	if err or not mark_stores[host]:set(user, { mark = mark }) then return nil, not_stored; end
	-- Its rules may be those of an account that another process removed.
	if user then known[host][user] = nil; end
	return mark;
end

-- The rules of a user by scope: an address, a domain, or * for everyone at other servers. Nothing and an error where the disk fails.
local function rules_of(host, user)
	local rules = known[host][user];
	if rules then return rules; end
	local data, err = stores[host]:get(user);
	if not data and err then return nil, err; end
	rules = data and data.rules or {};
	known[host][user] = rules;
	return rules;
end

-- How scopes and contacts are written: one name for one server, however its domain is spelled.
local function scope_of(address)
	local node, domain, resource = jid.prepped_split(address);
	if not domain or resource then return nil; end
	domain = to_ascii(domain) or domain;
	return node and (node .. "@" .. domain) or domain, domain;
end

-- Whether the narrowest rule for the contact is on, and whether it is about this address alone. Nil where the disk fails.
local function is_routed(host, user, contact)
	local address, domain = scope_of(contact);
	if not address or address == domain or domain == host or domain == component then return false; end
	local rules = rules_of(host, user);
	if not rules then return nil; end
	if rules[address] ~= nil then return rules[address], true; end
	if rules[domain] ~= nil then return rules[domain]; end
	-- Rooms and other services of this server are nobody at another one.
	return rules["*"] == true and not prosody.hosts[domain];
end

--- Questions to the component. Whoever waits for an answer gets one: what became of it, or nothing where nobody can say.

local patience = 30;
local waiting = {};

local function settle(id, reply)
	local asked = waiting[id];
	if not asked then return; end
	waiting[id] = nil;
	asked.timer:stop();
	asked.done(reply);
end

local function settle_all()
	for id in pairs(waiting) do settle(id); end
end

local function ask(host, kind, child, done)
	local id = "p3do-" .. new_id();
	local timer = module:add_timer(patience, function() settle(id); end);
	waiting[id] = { timer = timer, done = done };
	module:context(host):send(st.iq({ type = kind, from = host, to = component, id = id }):add_child(child));
end

local function answered(event)
	local stanza = event.stanza;
	if (stanza.attr.type ~= "result" and stanza.attr.type ~= "error") or stanza.attr.from ~= component then return; end
	if not waiting[stanza.attr.id] then return; end
	settle(stanza.attr.id, stanza);
	return true;
end

-- The error for the one who sent `stanza`, from the component's or, without one, by ourselves.
local function error_for(stanza, reply)
	if reply then
		local kind, condition, text = reply:get_error();
		return st.error_reply(stanza, kind or "cancel", condition or "internal-server-error", text);
	end
	return st.error_reply(stanza, "wait", "remote-server-timeout",
		"Onion routing did not answer. Whether this arrives is not known; it is not sent in any other way.");
end

--- What users send to contacts for whom it is on. It takes the onion or comes back; it never leaves as it is.

-- XEP-0085, and what may stand beside it.
local beside = { ["http://jabber.org/protocol/chatstates"] = true, ["urn:xmpp:hints"] = true };
local function is_typing(stanza)
	for _, child in ipairs(stanza.tags) do
		if child.name ~= "thread" and not beside[child.attr.xmlns] then return false; end
	end
	return true;
end

local function refuse_unread(event)
	event.origin.send(st.error_reply(event.stanza, "wait", "internal-server-error", "Your settings can not be read."));
	return true;
end

local function divert(event)
	local origin, stanza = event.origin, event.stanza;
	local contact = jid.bare(stanza.attr.to);
	if not contact or not known[origin.host] then return; end
	local routed, exact = is_routed(origin.host, origin.username, contact);
	if routed == nil then return refuse_unread(event); end
	local kind = stanza.attr.type or "normal";
	-- Rooms are no contacts, unless one is named.
	if not routed or (kind == "groupchat" and not exact) then return; end
	-- Nobody waits for these, and none of them is worth telling a stranger.
	if (kind ~= "chat" and kind ~= "normal") or is_typing(stanza) then return true; end
	local copy = st.clone(stanza);
	copy.attr.xmlns = "jabber:client";
	local route = st.stanza("route", { xmlns = xmlns, dir = "out" })
		:tag("forwarded", { xmlns = "urn:xmpp:forward:0" }):add_child(copy):reset();
	ask(origin.host, "set", route, function(reply)
		if not reply or reply.attr.type == "error" then origin.send(error_for(stanza, reply)); end
	end);
	return true;
end

-- OX clients look for a contact's keys at his server, which would tell that one who is about to write to him.
local function answer_keys(event)
	local origin, stanza = event.origin, event.stanza;
	local pubsub = stanza.tags[1];
	if not pubsub or pubsub.attr.xmlns ~= xmlns_pubsub or not known[origin.host] or not stanza.attr.to then return; end
	local action = pubsub.tags[1];
	local node = action and action.attr.node;
	if not node or node:sub(1, #key_list) ~= key_list then return; end
	local contact = jid.bare(stanza.attr.to);
	local routed = is_routed(origin.host, origin.username, contact);
	if routed == nil then return refuse_unread(event); end
	if not routed then return; end
	if stanza.attr.type ~= "get" or action.name ~= "items" or not is_key_node(node) then
		origin.send(st.error_reply(stanza, "cancel", "not-allowed"));
		return true;
	end
	local route = st.stanza("route", { xmlns = xmlns, dir = "keys", contact = contact }):add_child(st.clone(pubsub));
	ask(origin.host, "get", route, function(reply)
		if not reply or reply.attr.type == "error" then
			origin.send(error_for(stanza, reply));
		else
			origin.send(st.reply(stanza):add_child(st.clone(reply.tags[1])));
		end
	end);
	return true;
end

--- What the component hands over for users. The last names of messages are kept, also over a restart of the server.

local most, store = 4096, "p3do_had";
local names = datamanager.list_load(nil, component, store) or {};
local had = {};
for i, name in ipairs(names) do
	if i > #names - most then had[name] = true; end
end
local function remember(name)
	had[name] = true;
	names[#names + 1] = name;
	datamanager.list_append(nil, component, store, name);
	if #names < 2 * most then return; end
	local last = {};
	for i = #names - most + 1, #names do last[#last + 1] = names[i]; end
	for i = 1, #names - most do had[names[i]] = nil; end
	names = last;
	datamanager.list_store(nil, component, store, names);
end

local function is_repeated(user, once)
	local name = sha256(user .. " " .. once, true):sub(1, 32);
	if had[name] then return true; end
	remember(name);
	return false;
end

-- What says more than a contact's client may say: who sent a copy, what an archive has, when it was.
local stripped = {
	["urn:xmpp:carbons:2"] = true, ["urn:xmpp:mam:2"] = true, ["urn:xmpp:mam:tmp"] = true, ["urn:xmpp:privilege:2"] = true,
	["urn:xmpp:sid:0"] = true, ["urn:xmpp:delay"] = true, ["jabber:x:delay"] = true, ["http://jabber.org/protocol/address"] = true,
	["urn:xmpp:forward:0"] = true,
};
local function as_own(tag)
	if tag.attr.xmlns == "jabber:client" then tag.attr.xmlns = nil; end
	tag:maptags(function(child) return as_own(child); end);
	return tag;
end
local function cleaned(message)
	return as_own(st.clone(message)):maptags(function(child)
		return not stripped[child.attr.xmlns] and child or nil;
	end);
end

-- RFC 6121 s8.5.2.1.1: an error for nobody's device in particular is shown nowhere.
local function tell_devices(host, user, message)
	local account = prosody.bare_sessions[user .. "@" .. host];
	for _, session in pairs(account and account.sessions or {}) do
		local copy = st.clone(message);
		copy.attr.to = session.full_jid;
		session.send(copy);
	end
end

local kinds = { chat = true, normal = true, error = true };

local function deliver(host, request)
	local message = request:find("{urn:xmpp:forward:0}forwarded/{jabber:client}message");
	local once = request.attr.once;
	if not message or not message.attr.from or not message.attr.to or (once and #once > 128) then return nil, bad_request; end
	local kind = message.attr.type or "normal";
	local contact, domain = scope_of(message.attr.from);
	if not kinds[kind] or not contact or contact == domain then return nil, bad_request; end
	local user = local_user(host, message.attr.to);
	if not user then return nil, not_found; end
	local routed = domain == component or is_routed(host, user, contact);
	if routed == nil then return nil, not_stored; end
	if not routed then return nil, not_routed; end
	if once and is_repeated(user .. "@" .. host, once) then
		module:log("info", "A message that came twice is shown once");
		return true;
	end
	local own = cleaned(message);
	own.attr.to = user .. "@" .. host;
	own.attr.from = jid.prep(message.attr.from);
	if kind == "error" then
		tell_devices(host, user, own);
		return true;
	end
	-- What comes back for the contact would go to his server.
	local bounced = false;
	local origin = setmetatable({ send = function() bounced = true; return true; end }, { __index = prosody.hosts[component] });
	prosody.core_post_stanza(origin, own);
	return not bounced, not_found;
end

--- Requests of the component, by the name of their child and, for `route`, by its direction.

local function set_rules(host, request)
	local user = local_user(host, request.attr.user or "");
	if not user then return nil, not_found; end
	if #request.tags > most_rules then return nil, too_many; end
	local rules = {};
	for _, item in ipairs(request.tags) do
		local scope = item.attr.jid == "*" and "*" or scope_of(item.attr.jid or "");
		if item.name ~= "item" or item.attr.xmlns ~= xmlns or not scope then return nil, bad_request; end
		rules[scope] = item.attr.routed == "true";
	end
	if not stores[host]:set(user, next(rules) and { rules = rules } or nil) then return nil, not_stored; end
	known[host][user] = rules;
	return true;
end

-- Publishes as the user would.
local function publish_key(host, request)
	local user, node = request.attr.user, request.attr.node;
	local item = request.tags[1];
	if not user or not node or not is_key_node(node) then return nil, bad_request; end
	if #request.tags ~= 1 or item.name ~= "item" or #item.tags ~= 1 or item.tags[1].attr.xmlns ~= xmlns_ox then
		return nil, bad_request;
	end
	local name = local_user(host, user);
	if not name then return nil, not_found; end
	local payload = st.stanza("item", { xmlns = xmlns_pubsub, id = "current" }):add_child(st.clone(item.tags[1]));
	local service = module:context(host):depends("pep").get_pep_service(name);
	local done, reason = service:publish(node, true, "current", payload, node_defaults);
	if not done then return nil, errors.new({ type = "cancel", condition = reason or "undefined-condition" }); end
	return true;
end

-- Takes an address of the component out of a user's contact list, and tells his devices.
local function take_out(host, request)
	local user = local_user(host, request.attr.user or "");
	if not user then return nil, not_found; end
	local node, domain, resource = jid.prepped_split(request.attr.jid or "");
	if not node or domain ~= component or resource then return nil, bad_request; end
	local address = node .. "@" .. domain;
	local roster = rostermanager.load_roster(user, host);
	local item = roster[address];
	if not item then return true; end
	roster[address] = nil;
	if not rostermanager.save_roster(user, host, roster, address) then
		roster[address] = item;
		return nil, not_stored;
	end
	rostermanager.roster_push(user, host, address);
	return true;
end

local directions = { key = publish_key, set = set_rules, unlist = take_out, ["in"] = deliver };

local requests = {
	get = {
		-- A result says that messages with `once` are shown once.
		once = function() return true; end;
		-- A result says that the account exists, and which one it is; item-not-found that it does not.
		account = function(host, request)
			if not request.attr.user then return nil, bad_request; end
			local user = local_user(host, request.attr.user);
			if not user then return nil, not_found; end
			local marks, mark = mark_of(host), mark_of(host, user);
			if not marks or not mark then return nil, not_stored; end
			return st.stanza("account", { xmlns = xmlns, marks = marks, mark = mark });
		end;
	};
	set = {
		route = function(host, request)
			local run = directions[request.attr.dir or ""];
			if not run then return nil, bad_request; end
			return run(host, request);
		end;
	};
};

local function answer(event, kind, name)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "component" or origin.host ~= component or stanza.attr.from ~= component then
		origin.send(st.error_reply(stanza, "auth", "forbidden"));
		return true;
	end
	local done, err = requests[kind][name](event.host, stanza.tags[1]);
	local reply = done and st.reply(stanza) or st.error_reply(stanza, err);
	origin.send(st.is_stanza(done) and reply:add_child(done) or reply);
	return true;
end

local function serve(host)
	local context = module:context(host);
	stores[host], known[host] = context:open_store("p3do_routes"), {};
	mark_stores[host] = context:open_store("p3do_accounts");
	-- Behind the user's own archive (0) and copies to his other devices (-0.5), and behind what takes their marks off again (-1).
	for _, to in ipairs { "bare", "full" } do
		context:hook("pre-message/" .. to, divert, -2);
		context:hook("pre-iq/" .. to, answer_keys, 10);
	end
	context:hook("iq/host", answered, 1000);
	for kind, named in pairs(requests) do
		for name in pairs(named) do
			context:hook("iq-" .. kind .. "/host/" .. xmlns .. ":" .. name, function(event)
				return answer({ origin = event.origin, stanza = event.stanza, host = host }, kind, name);
			end);
		end
	end
	module:log("info", "Serving the users of %s", host);
end

-- A VirtualHost may be activated before this component or after it.
local served = module:get_option_set("p3do_hosts", {});
for host in served do
	if prosody.hosts[host] then serve(host); end
end
module:hook_global("host-activated", function(host)
	if served:contains(host) then serve(host); end
end);
module:hook_global("user-deleted", function(event)
	if not known[event.host] then return; end
	known[event.host][event.username] = nil;
	-- Not every storage takes everything of an account away.
	mark_stores[event.host]:set(event.username, nil);
end);
module:hook("component-disconnected", settle_all);
module.unload = settle_all;
