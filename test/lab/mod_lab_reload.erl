%% Test module for ejabberd: a user's request loads the plugin's module anew, as an admin's `ejabberdctl restart_module` does; or takes it
%% out with its code, and brings it back, as `ejabberdctl module_upgrade` does.
-module(mod_lab_reload).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_doc/0]).
-export([process_iq/1, decode_iq_subel/1]).

-include("xmpp.hrl").

-define(NS, <<"urn:p3do:lab:reload">>).

start(Host, _Opts) -> gen_iq_handler:add_iq_handler(ejabberd_local, Host, ?NS, ?MODULE, process_iq).

stop(Host) -> gen_iq_handler:remove_iq_handler(ejabberd_local, Host, ?NS).

reload(_Host, _NewOpts, _OldOpts) -> ok.

depends(_Host, _Opts) -> [].

mod_options(_Host) -> [].

mod_doc() -> #{}.

decode_iq_subel(Element) -> Element.

process_iq(#iq{to = #jid{lserver = Host}, sub_els = [#xmlel{name = Name}]} = Iq) ->
    ok = change(Name, Host),
    xmpp:make_iq_result(Iq).

change(<<"reload">>, Host) ->
    ok = gen_mod:stop_module_keep_config(Host, mod_p3do),
    load(Host);
change(<<"unload">>, Host) ->
    ok = gen_mod:stop_module(Host, mod_p3do),
    code:purge(mod_p3do),
    code:delete(mod_p3do),
    file:rename("modules/mod_p3do.beam", "modules/taken-out");
change(<<"load">>, Host) ->
    ok = file:rename("modules/taken-out", "modules/mod_p3do.beam"),
    load(Host).

load(Host) ->
    code:purge(mod_p3do),
    {module, mod_p3do} = code:load_file(mod_p3do),
    {ok, _} = gen_mod:start_module(Host, mod_p3do),
    ok.
