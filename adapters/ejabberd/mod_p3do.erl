%% What the P3DO plugin needs from ejabberd beyond XEP-0114 (docs/host-module.md): publishing users' OX keys, which account exists,
%% showing a message once, taking the component's addresses out of contact lists, and handing over what users write to contacts for whom
%% they turned onion routing on.
%% It serves the hosts that it is configured for, and nobody but the component in its options.
%% Every request is an iq with one child in urn:p3do:route:0, between the host and the component.
-module(mod_p3do).
-behaviour(gen_mod).
-behaviour(gen_server).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).
-export([user_send_packet/1, s2s_receive_packet/1, filter_packet/1, component_disconnected/2, remove_user/2]).
-export([process_iq/1, decode_iq_subel/1]).

-include("xmpp.hrl").

-define(NS, <<"urn:p3do:route:0">>).
-define(NS_OX, <<"urn:xmpp:openpgp:0">>).
-define(KEY_LIST, <<"urn:xmpp:openpgp:0:public-keys">>).
-define(PATIENCE, 30000).
-define(MOST_RULES, 400).
-define(MOST_HAD, 4096).

-record(p3do_routes, {us, rules}).
-record(p3do_had, {name, at}).
-record(p3do_marks, {us, mark}).

%%% The module.

start(Host, Opts) ->
    ejabberd_mnesia:create(?MODULE, p3do_routes,
        [{disc_copies, [node()]}, {attributes, record_info(fields, p3do_routes)}]),
    ejabberd_mnesia:create(?MODULE, p3do_had,
        [{disc_copies, [node()]}, {attributes, record_info(fields, p3do_had)}]),
    ejabberd_mnesia:create(?MODULE, p3do_marks,
        [{disc_copies, [node()]}, {attributes, record_info(fields, p3do_marks)}]),
    % Behind the user's own archive (88) and copies to his other devices (89), and behind what takes their marks off again (500).
    ejabberd_hooks:add(user_send_packet, Host, ?MODULE, user_send_packet, 510),
    [ejabberd_hooks:add(user_send_packet, Host, guard(), Place) || Place <- [509, 511]],
    ejabberd_hooks:add(s2s_receive_packet, Host, ?MODULE, s2s_receive_packet, 10),
    ejabberd_hooks:add(remove_user, Host, ?MODULE, remove_user, 50),
    ejabberd_hooks:add(filter_packet, ?MODULE, filter_packet, 10),
    ejabberd_hooks:add(component_disconnected, ?MODULE, component_disconnected, 50),
    gen_iq_handler:add_iq_handler(ejabberd_local, Host, ?NS, ?MODULE, process_iq),
    gen_mod:start_child(?MODULE, Host, Opts).

% The hooks stay: while the module is loaded anew, and until ejabberd itself ends, nothing that it kept from leaving leaves.
stop(Host) ->
    gen_iq_handler:remove_iq_handler(ejabberd_local, Host, ?NS),
    gen_mod:stop_child(?MODULE, Host).

reload(_Host, _NewOpts, _OldOpts) -> ok.

depends(_Host, _Opts) -> [].

mod_opt_type(component) -> econf:domain().

mod_options(_Host) -> [component].

mod_doc() ->
    #{desc => <<"Attaches the plugin P3DO: onion routing for users' messages.">>,
      opts => [{component, #{value => <<"Domain">>, desc => <<"The plugin's own domain, like p3do.a.example.">>}}]}.

% None while the module is loaded anew.
component(Host) ->
    try gen_mod:get_module_opt(Host, ?MODULE, component)
    catch _:_ -> none
    end.

%%% Rules: for whom users turned onion routing on. They lie on the disk of the host, so that they hold whatever becomes of the plugin.

rules_of(User, Host) ->
    case mnesia:dirty_read(p3do_routes, {User, Host}) of
        [#p3do_routes{rules = Rules}] -> Rules;
        [] -> []
    end.

store_rules(User, Host, Rules) ->
    Change = fun() ->
        case Rules of
            [] -> mnesia:delete({p3do_routes, {User, Host}});
            _ -> mnesia:write(#p3do_routes{us = {User, Host}, rules = Rules})
        end
    end,
    {atomic, ok} = mnesia:transaction(Change),
    ok = mnesia:sync_log().

% How scopes and contacts are written: one name for one server, however its domain is spelled.
scope_of(#jid{luser = User, lserver = Server}) ->
    Domain = to_ascii(Server),
    case User of
        <<>> -> Domain;
        _ -> <<User/binary, "@", Domain/binary>>
    end.

to_ascii(Domain) ->
    try list_to_binary(idna:utf8_to_ascii(Domain))
    catch _:_ -> Domain
    end.

% The narrowest rule for the contact: on, on for this address alone, or off.
routing(User, Host, #jid{lserver = Server} = Contact) ->
    Local = Contact#jid.luser == <<>> orelse Server == Host orelse Server == component(Host),
    case Local orelse rules_of(User, Host) of
        true -> off;
        Rules -> narrowest(Rules, scope_of(Contact), to_ascii(Server), Server)
    end.

narrowest(Rules, Address, Domain, Server) ->
    case {lists:keyfind(Address, 1, Rules), lists:keyfind(Domain, 1, Rules), lists:keyfind(<<"*">>, 1, Rules)} of
        {{_, true}, _, _} -> exact;
        {{_, false}, _, _} -> off;
        {_, {_, true}, _} -> on;
        {_, {_, false}, _} -> off;
        % Rooms and other services of this server are nobody at another one.
        {_, _, {_, true}} ->
            case ejabberd_router:is_my_route(Server) of
                true -> off;
                false -> on
            end;
        _ -> off
    end.

%%% What users send to contacts for whom it is on. It takes the onion or comes back; it never leaves as it is.

user_send_packet({#message{to = #jid{}} = Message, State} = Acc) -> divert(Message, State, Acc);
user_send_packet({#iq{type = Type, to = #jid{}} = Iq, State} = Acc) when Type == get; Type == set ->
    case asked_node(Iq) of
        none -> Acc;
        Asked -> answer_keys(Iq, Asked, State, Acc)
    end;
user_send_packet(Acc) -> Acc.

% What goes wrong here must not let the message pass: other hooks run on after one that failed.
divert(Message, #{user := User, server := Server} = State, Acc) ->
    try
        Host = jid:nameprep(Server),
        case {routing(jid:nodeprep(User), Host, xmpp:get_to(Message)), Message#message.type} of
            {off, _} -> Acc;
            % Rooms are no contacts, unless one is named.
            {on, groupchat} -> Acc;
            {_, Type} when Type == chat; Type == normal -> take(Message, Host, State, Acc);
            % Nobody waits for these.
            _ -> {stop, {drop, State}}
        end
    catch _:_ ->
        refuse(Message, State)
    end.

take(Message, Host, State, Acc) ->
    #xmlel{children = Children} = Element = encode(Message),
    Allowed = ejabberd_hooks:run_fold(privacy_check_packet, Host, allow, [State, Message, out]),
    case {Allowed, is_typing(Children)} of
        % What the user blocks is refused as ever.
        {deny, _} -> Acc;
        {_, true} -> {stop, {drop, State}};
        _ ->
            Forwarded = #xmlel{name = <<"forwarded">>, attrs = [{<<"xmlns">>, ?NS_FORWARD}], children = [Element]},
            ask(Host, set, route(<<"out">>, [], [Forwarded]), Message),
            {stop, {drop, State}}
    end.

refuse(Packet, State) ->
    ejabberd_router:route_error(Packet, away()),
    {stop, {drop, State}}.

% `ejabberdctl module_upgrade` takes the code out for a while, and hooks without code let everything pass. So this one is interpreted: it
% needs no code of this module. It stands before and behind the hook, since the code may go or come between the two, and keeps back
% what leaves the server from users who turned onion routing on for anybody.
guard() ->
    {ok, Tokens, _} = erl_scan:string(
        "fun({Packet, #{user := User, server := Server} = State} = Acc) ->
            Leaves = fun() ->
                {Name, Domain, _} = jid:tolower(xmpp:get_to(Packet)),
                Host = jid:nameprep(Server),
                Name /= <<>> andalso Domain /= Host andalso mnesia:dirty_read(p3do_routes, {jid:nodeprep(User), Host}) /= []
            end,
            case not erlang:function_exported(Module, user_send_packet, 1)
                    andalso xmpp:get_to(Packet) /= undefined
                    andalso lists:member(xmpp:get_type(Packet), [chat, normal, get, set])
                    andalso (catch Leaves()) of
                false -> Acc;
                _ ->
                    ejabberd_router:route_error(Packet, Away),
                    {stop, {drop, State}}
            end
         end."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Guard, _} = erl_eval:exprs(Expressions, [{'Module', ?MODULE}, {'Away', away()}]),
    Guard.

encode(Packet) ->
    #xmlel{attrs = Attributes} = Element = xmpp:encode(Packet, ?NS_CLIENT),
    Element#xmlel{attrs = lists:keystore(<<"xmlns">>, 1, Attributes, {<<"xmlns">>, ?NS_CLIENT})}.

% XEP-0085, and what may stand beside it.
is_typing(Children) ->
    lists:all(
        fun(#xmlel{name = <<"thread">>}) -> true;
           (#xmlel{} = Child) -> lists:member(xmlns(Child), [?NS_CHATSTATES, ?NS_HINTS]);
           (_) -> true
        end, Children).

% OX clients look for a contact's keys at his server, which would tell that one who is about to write to him.
asked_node(#iq{sub_els = [Element]}) ->
    PubSub = xmpp:encode(Element),
    case xmlns(PubSub) == ?NS_PUBSUB andalso [Child || #xmlel{} = Child <- PubSub#xmlel.children] of
        [#xmlel{name = Name} = Action | _] ->
            Node = fxml:get_tag_attr_s(<<"node">>, Action),
            Size = byte_size(?KEY_LIST),
            case Node of
                <<Start:Size/binary, _/binary>> when Start == ?KEY_LIST -> {Name, Node, PubSub};
                _ -> none
            end;
        _ -> none
    end;
asked_node(_) -> none.

answer_keys(#iq{type = Type, to = To} = Iq, {Name, Node, PubSub}, #{user := User, server := Server} = State, Acc) ->
    try
        Host = jid:nameprep(Server),
        case {routing(jid:nodeprep(User), Host, To), Type == get andalso Name == <<"items">> andalso is_key_node(Node)} of
            {off, _} -> Acc;
            {_, false} ->
                ejabberd_router:route_error(Iq, xmpp:err_not_allowed()),
                {stop, {drop, State}};
            _ ->
                Contact = jid:encode(jid:remove_resource(To)),
                ask(Host, get, route(<<"keys">>, [{<<"contact">>, Contact}], [PubSub]), Iq),
                {stop, {drop, State}}
        end
    catch _:_ ->
        refuse(Iq, State)
    end.

% The only nodes that are ever written, or asked for in a contact's place: the list of keys, and a key by its fingerprint.
is_key_node(?KEY_LIST) -> true;
is_key_node(Node) -> re:run(Node, <<"^urn:xmpp:openpgp:0:public-keys:[0-9A-Fa-f]{40}$">>) /= nomatch.

% Whoever sent `Packet` gets an answer: the component's, or that there is none.
ask(Host, Type, Element, Packet) ->
    case gen_server:call(gen_mod:get_module_proc(Host, ?MODULE), {ask, Type, Element, Packet}) of
        ok -> ok;
        away -> ejabberd_router:route_error(Packet, away())
    end.

route(Direction, Attributes, Children) ->
    #xmlel{name = <<"route">>, attrs = [{<<"xmlns">>, ?NS}, {<<"dir">>, Direction} | Attributes], children = Children}.

away() ->
    xmpp:err_remote_server_timeout(
        <<"Onion routing did not answer. Whether this arrives is not known; it is not sent in any other way.">>, <<"en">>).

xmlns(Element) -> fxml:get_tag_attr_s(<<"xmlns">>, Element).

%%% Questions to the component, and messages that it hands over, one after the other.

init([Host, _Opts]) ->
    process_flag(trap_exit, true),
    {ok, #{host => Host, waiting => #{}}}.

handle_call({ask, Type, Element, Packet}, _From, #{host := Host, waiting := Waiting} = State) ->
    Component = component(Host),
    case ejabberd_router:is_my_route(Component) of
        false -> {reply, away, State};
        true ->
            Name = make_ref(),
            Iq = #iq{type = Type, from = jid:make(Host), to = jid:make(Component), sub_els = [Element]},
            ejabberd_router:route_iq(Iq, Name, self(), ?PATIENCE),
            {reply, ok, State#{waiting := Waiting#{Name => Packet}}}
    end;
handle_call({deliver, Message, Once}, _From, State) ->
    {reply, deliver_once(Message, Once), State}.

handle_cast(gone, #{waiting := Waiting} = State) ->
    settle_all(Waiting),
    {noreply, State#{waiting := #{}}}.

handle_info({iq_reply, Reply, Name}, #{waiting := Waiting} = State) ->
    case maps:take(Name, Waiting) of
        {Packet, Others} ->
            settle(Packet, Reply),
            {noreply, State#{waiting := Others}};
        error -> {noreply, State}
    end;
handle_info(_, State) -> {noreply, State}.

terminate(_Reason, #{waiting := Waiting}) -> settle_all(Waiting).

code_change(_Old, State, _Extra) -> {ok, State}.

settle_all(Waiting) -> maps:foreach(fun(_, Packet) -> settle(Packet, timeout) end, Waiting).

settle(Packet, timeout) -> ejabberd_router:route_error(Packet, away());
settle(Packet, #iq{type = error} = Reply) ->
    ejabberd_router:route_error(Packet, case xmpp:get_error(Reply) of undefined -> away(); Error -> Error end);
settle(#iq{} = Asked, #iq{type = result, sub_els = Answer}) ->
    ejabberd_router:route((xmpp:make_iq_result(Asked))#iq{sub_els = Answer});
settle(_, _) -> ok.

component_disconnected(Component, _Reason) ->
    [gen_server:cast(gen_mod:get_module_proc(Host, ?MODULE), gone)
     || Host <- ejabberd_option:hosts(), component(Host) == Component],
    ok.

%%% What passes the server in other ways.

% Nobody at another server is the component, whatever its name servers say.
s2s_receive_packet({Packet, #{lserver := Host} = State} = Acc) ->
    #jid{lserver = Server} = xmpp:get_from(Packet),
    case Server == component(Host) of
        true -> {stop, {drop, State}};
        false -> Acc
    end;
s2s_receive_packet(Acc) -> Acc.

% An error of ours would tell a contact's server that he wrote here; and what is for a component that is away would look for it in DNS.
filter_packet(#message{type = error, from = #jid{luser = User, lserver = Host}, to = #jid{} = To} = Packet) when User /= <<>> ->
    try lists:member(Host, ejabberd_option:hosts()) andalso routing(User, Host, To) of
        Routing when Routing == on; Routing == exact -> drop;
        _ -> Packet
    catch _:_ -> drop
    end;
filter_packet(#iq{from = #jid{luser = <<>>, lserver = Host}, to = #jid{lserver = Server}, sub_els = [Element]} = Packet) ->
    case xmpp:get_ns(Element) == ?NS andalso Host /= Server andalso not ejabberd_router:is_my_route(Server) of
        true -> drop;
        false -> Packet
    end;
filter_packet(Packet) -> Packet.

remove_user(User, Server) ->
    {atomic, ok} = mnesia:transaction(fun() -> mnesia:delete({p3do_marks, {jid:nodeprep(User), jid:nameprep(Server)}}) end),
    store_rules(jid:nodeprep(User), jid:nameprep(Server), []).

% A text that goes with an account when it is removed: another account of that name gets another one. Without a name, the host's own, by which
% it is known that they are of one and the same disk.
mark_of(User, Host) ->
    New = base64:encode(crypto:strong_rand_bytes(12)),
    {atomic, Mark} = mnesia:transaction(fun() ->
        case mnesia:read({p3do_marks, {User, Host}}) of
            [#p3do_marks{mark = Known}] -> Known;
            [] ->
                mnesia:write(#p3do_marks{us = {User, Host}, mark = New}),
                New
        end
    end),
    case Mark of
        New -> ok = mnesia:sync_log();
        _ -> ok
    end,
    Mark.

%%% Requests of the component.

decode_iq_subel(Element) -> Element.

process_iq(#iq{from = #jid{luser = User, lserver = Server, lresource = Resource}, to = To, sub_els = [Element]} = Iq) ->
    Host = To#jid.lserver,
    case {User, Server, Resource} == {<<>>, component(Host), <<>>} of
        false -> xmpp:make_error(Iq, xmpp:err_forbidden());
        true ->
            case request(Iq#iq.type, Element#xmlel.name, Host, Element) of
                ok -> xmpp:make_iq_result(Iq);
                #xmlel{} = Answer -> xmpp:make_iq_result(Iq, Answer);
                Error -> xmpp:make_error(Iq, Error)
            end
    end.

request(get, <<"once">>, _, _) -> ok;
request(get, <<"account">>, Host, Element) ->
    with_user(Host, attribute(<<"user">>, Element), fun(User) ->
        element(<<"account">>,
            [{<<"xmlns">>, ?NS}, {<<"marks">>, mark_of(<<>>, Host)}, {<<"mark">>, mark_of(User, Host)}], [])
    end);
request(set, <<"route">>, Host, Element) ->
    case attribute(<<"dir">>, Element) of
        <<"key">> -> publish_key(Host, Element);
        <<"set">> -> set_rules(Host, Element);
        <<"in">> -> deliver(Host, Element);
        <<"unlist">> -> take_out(Host, Element);
        _ -> xmpp:err_bad_request()
    end;
request(_, _, _, _) -> xmpp:err_bad_request().

attribute(Name, Element) -> fxml:get_tag_attr_s(Name, Element).

with_user(_, <<>>, _) -> xmpp:err_bad_request();
with_user(Host, Address, Run) ->
    case address(Address) of
        #jid{luser = User, lserver = Host, lresource = <<>>} when User /= <<>> ->
            case ejabberd_auth:user_exists(User, Host) of
                true -> Run(User);
                false -> xmpp:err_item_not_found()
            end;
        _ -> xmpp:err_item_not_found()
    end.

address(Text) ->
    try jid:decode(Text)
    catch _:_ -> none
    end.

set_rules(Host, #xmlel{children = Children} = Element) ->
    with_user(Host, attribute(<<"user">>, Element), fun(User) ->
        Rules = [rule(Child) || #xmlel{} = Child <- Children],
        case {length(Rules) > ?MOST_RULES, lists:member(none, Rules)} of
            {true, _} -> xmpp:err_resource_constraint();
            {_, true} -> xmpp:err_bad_request();
            _ ->
                try store_rules(User, Host, Rules)
                catch _:_ -> xmpp:err_internal_server_error()
                end
        end
    end).

% Takes an address of the component out of a user's contact list, and tells his devices.
take_out(Host, Element) ->
    with_user(Host, attribute(<<"user">>, Element), fun(User) ->
        Component = component(Host),
        case address(attribute(<<"jid">>, Element)) of
            #jid{luser = Name, lserver = Component, lresource = <<>>} = Address when Name /= <<>> ->
                Item = #roster_item{jid = Address, subscription = remove},
                try mod_roster:set_item_and_notify_clients(jid:make(User, Host), Item, true) of
                    ok -> ok;
                    _ -> xmpp:err_internal_server_error()
                catch _:_ -> xmpp:err_internal_server_error()
                end;
            _ -> xmpp:err_bad_request()
        end
    end).

rule(#xmlel{name = <<"item">>} = Item) ->
    Routed = attribute(<<"routed">>, Item) == <<"true">>,
    case attribute(<<"jid">>, Item) of
        <<"*">> -> {<<"*">>, Routed};
        Text ->
            case address(Text) of
                #jid{lresource = <<>>} = Scope -> {scope_of(Scope), Routed};
                _ -> none
            end
    end;
rule(_) -> none.

% What says more than a contact's client may say: who sent a copy, what an archive has, when it was.
-define(STRIPPED, [?NS_CARBONS_2, ?NS_MAM_2, ?NS_MAM_TMP, <<"urn:xmpp:privilege:2">>, ?NS_SID_0, ?NS_DELAY,
                   <<"jabber:x:delay">>, <<"http://jabber.org/protocol/address">>, ?NS_FORWARD]).

deliver(Host, Element) ->
    Once = attribute(<<"once">>, Element),
    case message_in(Element) of
        #message{type = Type, from = #jid{lresource = <<>>, luser = Contact} = From, to = #jid{} = To} = Message
                when Contact /= <<>>, byte_size(Once) =< 128, (Type == chat orelse Type == normal orelse Type == error) ->
            with_user(Host, jid:encode(To), fun(User) ->
                case From#jid.lserver == component(Host) orelse routing(User, Host, From) of
                    off -> xmpp:err_not_allowed();
                    _ -> gen_server:call(gen_mod:get_module_proc(Host, ?MODULE), {deliver, Message, Once})
                end
            end);
        _ -> xmpp:err_bad_request()
    end.

message_in(Element) ->
    try
        #xmlel{} = Forwarded = fxml:get_subtag_with_xmlns(Element, <<"forwarded">>, ?NS_FORWARD),
        #xmlel{children = Children} = Message = fxml:get_subtag_with_xmlns(Forwarded, <<"message">>, ?NS_CLIENT),
        Kept = [Child || Child <- Children, not is_stripped(Child)],
        xmpp:decode(Message#xmlel{children = Kept}, ?NS_CLIENT, [ignore_els])
    catch _:_ -> none
    end.

is_stripped(#xmlel{} = Child) -> lists:member(xmlns(Child), ?STRIPPED);
is_stripped(_) -> false.

deliver_once(#message{to = To} = Message, Once) ->
    case Once /= <<>> andalso is_repeated(jid:encode(jid:remove_resource(To)), Once) of
        true -> ok;
        false -> show(Message)
    end.

% RFC 6121 s8.5.2.1.1: an error for nobody's device in particular is shown nowhere.
show(#message{type = error, to = #jid{luser = User, lserver = Host} = To} = Message) ->
    [ejabberd_router:route(Message#message{to = jid:replace_resource(To, Resource)})
     || Resource <- ejabberd_sm:get_user_resources(User, Host)],
    ok;
show(Message) ->
    ejabberd_router:route(Message),
    ok.

% The last names of messages are kept, also over a restart of the server.
is_repeated(User, Once) ->
    Name = crypto:hash(sha256, [User, " ", Once]),
    case mnesia:dirty_read(p3do_had, Name) of
        [_] -> true;
        [] ->
            {atomic, ok} = mnesia:transaction(fun() ->
                mnesia:write(#p3do_had{name = Name, at = erlang:system_time()})
            end),
            ok = mnesia:sync_log(),
            forget_oldest(),
            false
    end.

forget_oldest() ->
    case mnesia:table_info(p3do_had, size) > 2 * ?MOST_HAD of
        false -> ok;
        true ->
            All = lists:keysort(#p3do_had.at, ets:tab2list(p3do_had)),
            {Oldest, _} = lists:split(length(All) - ?MOST_HAD, All),
            [mnesia:dirty_delete(p3do_had, Name) || #p3do_had{name = Name} <- Oldest],
            ok
    end.

% Publishes as the user would. XEP-0373 s4: everyone may read the keys; a node that exists keeps what its owner set.
publish_key(Host, #xmlel{children = Children} = Element) ->
    Node = attribute(<<"node">>, Element),
    case {is_key_node(Node), [Child || #xmlel{} = Child <- Children]} of
        {true, [#xmlel{name = <<"item">>, children = [#xmlel{} = Payload]}]} ->
            case xmlns(Payload) of
                ?NS_OX ->
                    with_user(Host, attribute(<<"user">>, Element), fun(User) -> publish(User, Host, Node, Payload) end);
                _ -> xmpp:err_bad_request()
            end;
        _ -> xmpp:err_bad_request()
    end.

publish(User, Host, Node, Payload) ->
    case publish(User, Host, Node, Payload, [open_to_all()]) of
        #iq{type = result} -> ok;
        _ ->
            case publish(User, Host, Node, Payload, []) of
                #iq{type = result} -> ok;
                Refused -> xmpp:get_error(Refused)
            end
    end.

publish(User, Host, Node, Payload, Options) ->
    Item = element(<<"item">>, [{<<"id">>, <<"current">>}], [Payload]),
    Publish = element(<<"publish">>, [{<<"node">>, Node}], [Item]),
    PubSub = xmpp:decode(element(<<"pubsub">>, [{<<"xmlns">>, ?NS_PUBSUB}], [Publish | Options])),
    Owner = jid:make(User, Host),
    mod_pubsub:iq_sm(#iq{type = set, id = <<"p3do">>, lang = <<"en">>, from = Owner, to = Owner, sub_els = [PubSub]}).

open_to_all() ->
    Field = fun(Name, Value) ->
        element(<<"field">>, [{<<"var">>, Name}], [element(<<"value">>, [], [{xmlcdata, Value}])])
    end,
    Form = element(<<"x">>, [{<<"xmlns">>, ?NS_XDATA}, {<<"type">>, <<"submit">>}],
        [Field(<<"FORM_TYPE">>, <<"http://jabber.org/protocol/pubsub#publish-options">>),
         Field(<<"pubsub#access_model">>, <<"open">>),
         Field(<<"pubsub#persist_items">>, <<"true">>)]),
    element(<<"publish-options">>, [], [Form]).

element(Name, Attributes, Children) -> #xmlel{name = Name, attrs = Attributes, children = Children}.
