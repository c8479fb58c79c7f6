-- Lets users of other servers log in with the TLS client certificate that their own server gave them (docs/host-module.md).
-- Loaded on the plugin's Component, it adds SASL EXTERNAL (XEP-0178) to the VirtualHosts that `p3do_hosts` names, for whoever shows
-- such a certificate; who logs in by a password notices nothing. The component says whose a certificate is. Each visitor gets an
-- account, named by the address at home, that nobody comes into in any other way.
local st = require "util.stanza";
local jid = require "util.jid";
local async = require "util.async";
local base64 = require "util.encodings".base64;
local new_id = require "util.id".medium;
local random = require "util.random";
local set = require "util.set";
local usermanager = require "core.usermanager";
local make_authenticated = require "core.sessionmanager".make_authenticated;

local xmlns = "urn:p3do:visit:0";
local xmlns_sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
local subject_names, xmpp_address = "2.5.29.17", "1.3.6.1.5.5.7.8.5";
local component = module.host;
-- As base64, more than any certificate that the component reads.
local longest_certificate = 11000;
local patience, most_asking, most_tries = 30, 16, 3;

local contexts, visitors = {}, {};
local asking = 0;

--- Certificates.

-- The names that a certificate gives its holder; none where it can not be read.
local function addresses_in(certificate)
	if certificate.setencode then certificate:setencode("utf8"); end
	local readable, extensions = pcall(certificate.extensions, certificate);
	local names = readable and extensions and extensions[subject_names];
	return names and names[xmpp_address] or {};
end

-- The certificate of another server's user, as base64, with which the client came through TLS, which proved that it has the key.
-- Nothing where there is none, or one of the host's own user: that is for others to judge.
local function certificate_of(host, session)
	if session.type ~= "c2s_unauthed" or not session.encrypted or not session.conn then return; end
	local socket = session.conn:socket();
	local certificate = socket and socket.getpeercertificate and socket:getpeercertificate();
	if not certificate then return; end
	local text = certificate:pem():gsub("%-%-%-%-%-[^\n]*%-%-%-%-%-", ""):gsub("%s", "");
	if #text > longest_certificate then return; end
	for _, address in ipairs(addresses_in(certificate)) do
		local _, domain = jid.prepped_split(address);
		if domain and domain ~= host then return text, address; end
	end
end

local function is_disabled(host)
	return contexts[host]:get_option_set("disable_sasl_mechanisms", {}):contains("EXTERNAL");
end

local function offer(host, event)
	local session = event.origin;
	if session.username or is_disabled(host) or not certificate_of(host, session) then return; end
	local mechanisms = event.features:get_child("mechanisms", xmlns_sasl);
	if not mechanisms then
		mechanisms = st.stanza("mechanisms", { xmlns = xmlns_sasl });
		event.features:add_child(mechanisms);
	end
	for mechanism in mechanisms:childtags("mechanism") do
		if mechanism:get_text() == "EXTERNAL" then return; end
	end
	mechanisms:tag("mechanism"):text("EXTERNAL"):up();
end

--- Accounts of visitors. Nobody knows their passwords; what is written down of them is that they are such accounts.

local function is_visitor(host, user)
	return user ~= nil and visitors[host]:get(user) ~= nil;
end

-- Names that stand for addresses elsewhere (XEP-0106).
local function is_reserved(user)
	return user:find("\\40", 1, true) ~= nil;
end

-- Makes the account where there is none. Whatever account has that name already is somebody else's.
local function ensure_account(host, user)
	local known = is_visitor(host, user);
	local exists = usermanager.user_exists(user, host);
	if exists and not known then
		return nil, "not-authorized", "There is an account of that name here already, which is not of a visitor.";
	end
	if not known and not visitors[host]:set(user, { since = os.time() }) then
		return nil, "temporary-auth-failure", "The account can not be stored.";
	end
	if exists or usermanager.create_user(user, base64.encode(random.bytes(32)), host) then return true; end
	return nil, "temporary-auth-failure", "This server can make no accounts for visitors.";
end

--- Questions to the component.

local function ask(host, kind, certificate, account)
	if asking >= most_asking then return nil, "temporary-auth-failure", "Too many are logging in; try again later."; end
	local child = st.stanza("visitor", { xmlns = xmlns, account = account }):text(certificate);
	local iq = st.iq({ type = kind, from = host, to = component, id = "p3do-visit-" .. new_id() }):add_child(child);
	asking = asking + 1;
	local answer, err = async.wait_for(contexts[host]:send_iq(iq, nil, patience));
	asking = asking - 1;
	if answer then return answer.stanza; end
	return nil, err.type == "wait" and "temporary-auth-failure" or "not-authorized", err.text;
end

-- The name of the account for the holder of the certificate.
local function recognise(host, certificate)
	local answer, condition, text = ask(host, "get", certificate);
	if not answer then return nil, condition, text; end
	local visitor = answer:get_child("visitor", xmlns);
	local user, domain, resource = jid.prepped_split(visitor and visitor.attr.account);
	if not user or domain ~= host or resource or not is_reserved(user) then return nil, "temporary-auth-failure"; end
	return user;
end

local function let_in(host, certificate, is_wanted)
	local user, condition, text = recognise(host, certificate);
	if not user then return nil, condition, text; end
	if not is_wanted(user) then return nil, "invalid-authzid", "The certificate is of somebody else."; end
	local done, failed, why = ensure_account(host, user);
	if not done then return nil, failed, why; end
	local welcome, refused, reason = ask(host, "set", certificate, user .. "@" .. host);
	if not welcome then return nil, refused, reason; end
	return user;
end

--- Logging in (RFC 6120 s6, XEP-0178 s2).

local function fail(session, host, condition, text)
	session.p3do_tries = (session.p3do_tries or 0) + 1;
	contexts[host]:fire_event("authentication-failure", { session = session, condition = condition, text = text });
	local failure = st.stanza("failure", { xmlns = xmlns_sasl }):tag(condition):up();
	if text then failure:tag("text"):text(text); end
	session.send(failure);
	return true;
end

-- A client may say as whom it logs in: by the address in its certificate, or by the account here.
local function wanted_by(stanza, host, address)
	local given = stanza:get_text();
	local wanted = (given == "" or given == "=") and "" or base64.decode(given);
	if not wanted then return nil; end
	return function(user)
		return wanted == "" or jid.prep(wanted) == jid.prep(address) or jid.prep(wanted) == user .. "@" .. host;
	end
end

local function authenticate(host, event)
	local session, stanza = event.origin, event.stanza;
	if stanza.attr.mechanism ~= "EXTERNAL" or session.type ~= "c2s_unauthed" or is_disabled(host) then return; end
	local certificate, address = certificate_of(host, session);
	if not certificate then return; end
	if (session.p3do_tries or 0) >= most_tries then return fail(session, host, "not-authorized", "That were too many attempts."); end
	local is_wanted = wanted_by(stanza, host, address);
	if not is_wanted then return fail(session, host, "incorrect-encoding"); end
	-- Whatever was begun by another way is over.
	session.sasl_handler = nil;
	local user, condition, text = let_in(host, certificate, is_wanted);
	if session.destroyed or session.type ~= "c2s_unauthed" then return true; end
	if not user then return fail(session, host, condition, text); end
	make_authenticated(session, user);
	session.p3do_visitor = true;
	contexts[host]:fire_event("authentication-success", { session = session });
	session:reset_stream();
	session.send(st.stanza("success", { xmlns = xmlns_sasl }));
	return true;
end

--- Nobody comes into such an account in any other way.

local function keep_out(host, event)
	local session = event.session;
	if session.p3do_visitor or not is_visitor(host, session.username) then return; end
	event.error = { type = "auth", condition = "not-authorized", text = "Log in with your certificate." };
	return false;
end

local function keep_password(host, event)
	local session, stanza = event.origin, event.stanza;
	if stanza.attr.type ~= "set" or not is_visitor(host, session.username) then return; end
	session.send(st.error_reply(stanza, "cancel", "not-allowed", "An account of a visitor has no password."));
	return true;
end

local function keep_name(event)
	if not is_reserved(event.username) then return; end
	event.allowed = false;
	event.error_type, event.error_condition = "modify", "not-acceptable";
	event.reason = "Names with \\40 are kept for visitors.";
end

--- Requests of the component.

local function close(host, account)
	local user, domain, resource = jid.prepped_split(account);
	if domain ~= host or resource or not is_visitor(host, user) then return false; end
	local account_sessions = prosody.bare_sessions[user .. "@" .. host];
	local sessions = {};
	for _, session in pairs(account_sessions and account_sessions.sessions or {}) do table.insert(sessions, session); end
	for _, session in ipairs(sessions) do
		session:close({ condition = "not-authorized", text = "The visit is over." });
	end
	return true;
end

local function answer(host, event, run)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "component" or origin.host ~= component or stanza.attr.from ~= component then
		origin.send(st.error_reply(stanza, "auth", "forbidden"));
	elseif run(host, stanza.tags[1].attr.account) then
		origin.send(st.reply(stanza));
	else
		origin.send(st.error_reply(stanza, "modify", "item-not-found"));
	end
	return true;
end

-- Without that, no client ever shows a certificate.
local function asks_for_certificates(host)
	for _, option in ipairs { "c2s_ssl", "ssl" } do
		local verify = contexts[host]:get_option(option, {}).verify;
		if verify == "peer" or (type(verify) == "table" and set.new(verify):contains("peer")) then return true; end
	end
	module:log("warn", "Clients of %s are not asked for certificates, so that no visitor gets in: see c2s_ssl", host);
	return false;
end

local function serve(host)
	local context = module:context(host);
	contexts[host], visitors[host] = context, context:open_store("p3do_visitors");
	-- Behind mod_saslauth, which makes the list, and before it.
	context:hook("stream-features", function(event) offer(host, event); end, -5);
	context:hook("stanza/" .. xmlns_sasl .. ":auth", function(event) return authenticate(host, event); end, 10);
	context:hook("pre-resource-bind", function(event) return keep_out(host, event); end, 100);
	for _, to in ipairs { "self", "host" } do
		context:hook("iq/" .. to .. "/jabber:iq:register:query", function(event) return keep_password(host, event); end, 10);
	end
	context:hook("user-registering", keep_name, 10);
	context:hook("iq-set/host/" .. xmlns .. ":close", function(event) return answer(host, event, close); end);
	-- A result says that visitors are let in.
	context:hook("iq-get/host/" .. xmlns .. ":visitors", function(event) return answer(host, event, asks_for_certificates); end);
	if asks_for_certificates(host) then module:log("info", "Letting visitors in to %s", host); end
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
	if visitors[event.host] then visitors[event.host]:set(event.username, nil); end
end);
