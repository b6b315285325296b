# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What came of a call to the address of this ERP: what is wrong, and what to do."""

from urllib.parse import urlsplit

from . import address_call as call

# It may be so for this server alone, and then nothing is wrong
AMBER = {
    *(call.OTHER_HOST, call.OTHER_SCHEME, call.SLOW, call.TO_HTTPS),
    *(call.UNKNOWN_NAME, call.UNREACHABLE),
}


def describe(env, url, outcome):
    """Say in words what came of a call.

    :param env: in the language of who reads it
    :param str url: that was called
    :param address_call.Outcome outcome: what came of it
    :return: ``{"level", "message", "hint"}``
    :rtype: dict
    """
    if outcome.code == call.FINE:
        message = env._("%s leads to this database.", url)
        return {"level": "green", "message": message, "hint": False}
    # What isn't an address may not even be one to take apart
    host = url if outcome.code == call.NO_ADDRESS else urlsplit(url).netloc
    words = {"url": url, "host": host, "detail": outcome.detail}
    for describe_some in (_describe_way, _describe_certificate, _describe_answer):
        if found := describe_some(env, words).get(outcome.code):
            message, hint = found
            break
    level = "amber" if outcome.code in AMBER else "red"
    return {"level": level, "message": message, "hint": hint}


def _describe_way(env, words):
    """Describe what is wrong on the way to the address, or from there.

    :return: message and hint by code
    """
    from_inside = env._(
        "Autenti may well reach it from outside: then nothing is wrong. Else see "
        "that the name is in the public DNS, and that the firewall lets port 443 in. "
        "To have it tried here, let this server reach its public name, for instance "
        "by an entry in its hosts file."
    )
    return {
        call.UNKNOWN_NAME: (
            env._("This server doesn't know the name %(host)s.", **words),
            from_inside,
        ),
        call.UNREACHABLE: (
            env._("This server doesn't get through to %(host)s.", **words),
            from_inside,
        ),
        call.SLOW: (
            env._("%(host)s was reached, and didn't answer in time.", **words),
            env._(
                "The server or its proxy has no time, or passes nothing on. See their "
                "logs; a server whose workers are all busy needs more of them. Then "
                "click Check Health."
            ),
        ),
        call.NO_ADDRESS: (
            env._("“%(url)s” isn't an address of the web.", **words),
            env._(
                "Set the system parameter web.base.url to an address such as "
                "https://erp.example.com."
            ),
        ),
        call.OTHER_HOST: (
            env._(
                "%(host)s leads to this database, but its proxy passes on another "
                "host name: %(detail)s.",
                **words,
            ),
            env._(
                "Have the proxy pass on Host and X-Forwarded-Host as they came, and "
                "set proxy_mode = True in Odoo's configuration. Else links lead "
                "astray, or to another database."
            ),
        ),
        call.OTHER_SCHEME: (
            env._(
                "%(host)s leads to this database, but Odoo isn't told that the call "
                "came by https.",
                **words,
            ),
            env._(
                "Have the proxy pass on X-Forwarded-Proto and X-Forwarded-Host, and "
                "set proxy_mode = True in Odoo's configuration."
            ),
        ),
        call.TO_HTTPS: (
            env._("%(url)s points to https.", **words),
            env._(
                "Set the system parameter web.base.url to the address with https:// "
                "in front: Autenti follows no redirects."
            ),
        ),
    }


def _describe_certificate(env, words):
    renew = env._(
        "Autenti refuses such a certificate. Have it renewed on the web server or "
        "proxy in front of Odoo."
    )
    return {
        call.EXPIRED: (
            env._("The certificate of %(host)s has expired.", **words),
            renew,
        ),
        call.NOT_YET_VALID: (
            env._("The certificate of %(host)s isn't valid yet.", **words),
            env._(
                "See whether the clock of this server is right; else have the "
                "certificate made anew."
            ),
        ),
        call.SELF_SIGNED: (
            env._(
                "The certificate of %(host)s was made by the server itself, or by an "
                "authority that nobody else trusts.",
                **words,
            ),
            env._(
                "Autenti refuses it. Get a certificate of a public authority, such as "
                "Let's Encrypt."
            ),
        ),
        call.WRONG_NAME: (
            env._("The certificate of %(host)s is of another name.", **words),
            env._(
                "Get a certificate for this name, or set the system parameter "
                "web.base.url to the name that the certificate has."
            ),
        ),
        call.UNTRUSTED: (
            env._("The certificate of %(host)s isn't trusted.", **words),
            env._(
                "Mostly the web server doesn't send the authority's intermediate "
                "certificate: install the whole chain (fullchain.pem)."
            ),
        ),
        call.NO_TLS: (
            env._("No secure connection with %(host)s comes about.", **words),
            env._(
                "See that https (TLS 1.2 or newer) is set up at that port. Where Odoo "
                "is used without https, web.base.url begins with http://."
            ),
        ),
    }


def _describe_answer(env, words):
    """Describe that somebody else than this database has answered."""
    to_odoo = env._(
        "Have the proxy lead this path to Odoo, unchanged and without a login, or set "
        "the system parameter web.base.url to the address that leads there."
    )
    choose = env._(
        "Several databases are on this server: set dbfilter in Odoo's configuration so "
        "that the host name chooses this one, for instance dbfilter = ^%d$."
    )
    let_in = env._(
        "Let the path /autenti in without a login: Autenti has none, and Odoo checks "
        "who has signed a call. In oauth2-proxy that is skip_auth_routes, in "
        "Cloudflare Access a policy that bypasses it, elsewhere an exception."
    )
    return {
        call.OTHER_DATABASE: (
            env._("%(host)s leads to another database.", **words),
            env._(
                "%(choose)s Or this database is a copy: then archive its connections.",
                choose=choose,
            ),
        ),
        call.NOT_FOUND: (
            env._("%(host)s is there, but not the path /autenti.", **words),
            env._(
                "%(to_odoo)s Or Odoo answers and doesn't know which database is "
                "meant. %(choose)s",
                to_odoo=to_odoo,
                choose=choose,
            ),
        ),
        call.TO_SELECTOR: (
            env._("%(host)s leads to Odoo's choice of a database.", **words),
            choose,
        ),
        call.TO_HTTP: (
            env._("%(url)s points back to http.", **words),
            env._(
                "A proxy in front doesn't tell the next one, or Odoo, that the call "
                "came by https: pass on X-Forwarded-Proto, and set proxy_mode = True "
                "in Odoo's configuration."
            ),
        ),
        call.TO_LOGIN: (
            env._(
                "A login page is in front of %(host)s: it points to %(detail)s.",
                **words,
            ),
            let_in,
        ),
        call.LOGIN: (
            env._(
                "A login page is in front of %(host)s, or it asks for a password.",
                **words,
            ),
            let_in,
        ),
        call.TO_ELSEWHERE: (
            env._("%(url)s points to %(detail)s.", **words),
            env._("%(to_odoo)s Autenti follows no redirects.", to_odoo=to_odoo),
        ),
        call.REFUSED: (
            env._("%(host)s refuses the call (%(detail)s).", **words),
            env._(
                "A firewall or proxy in front keeps it out. Let POST with JSON come in "
                "at the path /autenti."
            ),
        ),
        call.GATEWAY: (
            env._("%(host)s doesn't get through to Odoo (%(detail)s).", **words),
            env._(
                "The proxy leads to a wrong port, or Odoo doesn't run there. See the "
                "proxy's log."
            ),
        ),
        call.BROKEN: (
            env._("%(host)s answers with an error (%(detail)s).", **words),
            env._("See the log of Odoo, and that of the proxy."),
        ),
        call.NO_HTTP: (
            env._("%(host)s hangs up, or doesn't speak http.", **words),
            env._("See that the address and its port are those of the web server."),
        ),
        call.STRANGER: (
            env._("Something else than Odoo answers at %(url)s.", **words),
            env._(
                "It may be a page for maintenance, or another website. %(to_odoo)s",
                to_odoo=to_odoo,
            ),
        ),
    }
