// The file that attaches the plugin to Prosody 0.12 or newer.
import type { Config } from '../../plugin/config.js'
import { costOf, profiles, rateToAllow } from '../../plugin/profiles.js'

/** Text of `p3do.cfg.lua`. Used by `p3do init`. It holds the secret. */
export function prosodySnippet(config: Config, secret: string): string {
  return `-- Attaches P3DO to Prosody. This file holds a secret: mode 0640, owner root, group prosody.
${limits(config)}
-- Clients may show a certificate; those without one log in as ever. If you have c2s_ssl elsewhere, put the line into that one.
c2s_ssl = { verify = { "peer", "client_once" } }

-- The plugin itself (XEP-0114). The component port of Prosody listens on this machine only, and should stay so.
Component "${config.server.component}"
	component_secret = "${secret}"
	-- A restarted plugin takes over from its dead predecessor; the default would lock it out.
	component_conflict_resolve = "kick_old"
	-- What is shown while the plugin is away.
	name = "P3DO onion routing"
	-- The file mod_p3do.lua hands over what users write to contacts for whom they turned onion routing on, puts certified keys
	-- of users on their accounts, where OX clients look for them, and tells the plugin whether an account is still there; it does
	-- nothing for anybody else. Without it the rest works. Once users have turned it on, their messages leave in clear without it.
	-- The file mod_p3do_visit.lua lets users of other servers in by the login certificate of their own server, while that is away.
	modules_enabled = { "p3do", "p3do_visit" }
	p3do_hosts = { "${config.server.domain}" }

-- Room service for the contexts. Where it exists already these lines only name it again. The plugin opens rooms here
-- as a user of ${config.server.component}, so restrict_room_creation must stay at its default, false.
Component "${config.server.rooms}" "muc"
`
}

// A speaker's cells come in over the one link from its server, with everything else that this server says.
function limits({ mor }: Config): string {
  const { kilobytesPerSecond } = costOf(profiles[mor.profile], mor.routeLength, mor.extraHops)
  if (kilobytesPerSecond <= 30) return ''
  return `
-- A context of the profile "${mor.profile}" brings ${kilobytesPerSecond.toFixed(0)} kB/s from its server; Prosody takes 30 kB/s from
-- each server unless told. Raise it further for servers with several contexts. These lines replace the limits of
-- prosody.cfg.lua, which is read before: c2s is Debian's figure.
limits = {
	c2s = { rate = "10kb/s" };
	s2sin = { rate = "${rateToAllow(kilobytesPerSecond)}kb/s"; burst = "10s" };
}
`
}
