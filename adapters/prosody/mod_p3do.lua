-- What the P3DO plugin needs from Prosody beyond XEP-0114: publishing users' OX keys, whether an account exists, and that a
-- message which it hands over twice, because it ended in between, is shown once.
-- Loaded on the plugin's Component, it serves the VirtualHosts that `p3do_hosts` names, and nobody but that component.
-- Every request is an iq with one child in urn:p3do:route:0 to the VirtualHost; `requests` has one entry for each kind.
local st = require "util.stanza";
local errors = require "util.error";
local jid = require "util.jid";
local datamanager = require "util.datamanager";
local sha256 = require "util.hashes".sha256;
local user_exists = require "core.usermanager".user_exists;

local xmlns = "urn:p3do:route:0";
local xmlns_ox = "urn:xmpp:openpgp:0";
local component = module.host;
local key_list = xmlns_ox .. ":public-keys";

-- XEP-0373 s4: everyone may read the keys, and the last one stays. A node that exists keeps what its owner set.
local node_defaults = { access_model = "open", persist_items = true, max_items = 1, _defaults_only = true };

-- The only nodes that are ever written: the list of keys, and a key by its fingerprint.
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

local requests = {
	-- <account user='alice@a.example'/>: a result says that the account exists, item-not-found that it does not.
	-- <once/>: a result says that repeated messages are dropped here.
	get = { once = function() return true; end, account = function(host, request)
		if not request.attr.user then return nil, bad_request; end
		return local_user(host, request.attr.user) and true, not_found;
	end };

	-- <route dir='key' user='…' node='…'><item id='current'><pubkey/></item></route>: publishes as the user would.
	set = { route = function(host, request)
		local user, node = request.attr.user, request.attr.node;
		local item = request.tags[1];
		if request.attr.dir ~= "key" or not user or not node or not is_key_node(node) then return nil, bad_request; end
		if #request.tags ~= 1 or item.name ~= "item" or #item.tags ~= 1 or item.tags[1].attr.xmlns ~= xmlns_ox then
			return nil, bad_request;
		end
		local name = local_user(host, user);
		if not name then return nil, not_found; end
		local payload = st.stanza("item", { xmlns = "http://jabber.org/protocol/pubsub", id = "current" })
			:add_child(st.clone(item.tags[1]));
		local service = module:context(host):depends("pep").get_pep_service(name);
		local done, reason = service:publish(node, true, "current", payload, node_defaults);
		if not done then return nil, errors.new({ type = "cancel", condition = reason or "undefined-condition" }); end
		return true;
	end };
};

local function answer(event, kind, name)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "component" or origin.host ~= component or stanza.attr.from ~= component then
		origin.send(st.error_reply(stanza, "auth", "forbidden"));
		return true;
	end
	local done, err = requests[kind][name](event.host, stanza.tags[1]);
	origin.send(done and st.reply(stanza) or st.error_reply(stanza, err));
	return true;
end

-- The last messages by a hash of recipient and id, also over a restart of the server. Only ids that the plugin makes for what
-- came from other servers: a random name and a number.
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

local function drop_repeated(event)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "component" or origin.host ~= component then return; end
	local id = stanza.attr.id;
	if stanza.attr.type == "error" or not id or not id:match("^%x+%-%d+$") or #id < 34 then return; end
	local name = sha256(stanza.attr.to .. " " .. id, true):sub(1, 32);
	if had[name] then
		module:log("info", "A message that came twice is shown once");
		return true;
	end
	remember(name);
end

local function serve(host)
	local context = module:context(host);
	context:hook("message/bare", drop_repeated, 1000);
	context:hook("message/full", drop_repeated, 1000);
	for kind, names in pairs(requests) do
		for name in pairs(names) do
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
