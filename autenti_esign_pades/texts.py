# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a salesperson reads of a validation."""

from .pades import report as codes


def describe_success(env, report):
    """Say why a file is good.

    :param dict report: of `pades.report.Report.to_dict`
    :rtype: str
    """
    names, platforms = (
        ", ".join(
            dict.fromkeys(
                signature["signer"]
                for signature in report["signatures"]
                if signature.get("is_platform", False) == is_platform
            )
        )
        for is_platform in (False, True)
    )
    if report.get("enclosures"):
        sentence = env._(
            "The signatures of %s are genuine, and the files contain what was sent.",
            names,
        )
    else:
        sentence = env._(
            "The signatures of %s are genuine, and the file contains what was sent.",
            names,
        )
    if not platforms:
        return sentence
    return " ".join((sentence, env._("Sealed by %s.", platforms)))


def describe_finding(env, finding):
    """Say in one sentence what is wrong or in doubt.

    :param dict finding: code and values, as in a report
    :rtype: str
    """
    sentence = _describe(env, finding)
    if not finding.get("file"):
        return sentence
    return env._("%(file)s: %(sentence)s", file=finding["file"], sentence=sentence)


def _describe(env, finding):
    values = dict(finding)
    if "level" in finding:
        values["level"] = _get_levels(env).get(finding["level"], finding["level"])
    for key in ("pages", "keys"):
        values[key] = ", ".join(map(str, finding.get(key) or ()))
    if finding["code"] == codes.NOT_SHOWN and not values["pages"]:
        return env._("It could not be shown that the file contains what was sent.")
    sentence = _get_texts(env)[finding["code"]] % values
    if finding.get("address"):
        offer = env._(
            "The authority offers its certificate here: %s", values["address"]
        )
        return " ".join((sentence, offer))
    return sentence


def _get_levels(env):
    return {
        codes.BASIC: env._("basic"),
        codes.ADVANCED: env._("advanced"),
        codes.QUALIFIED: env._("qualified"),
    }


def _get_texts(env):
    return {
        codes.UNREADABLE: env._("The file can't be read as a signed PDF."),
        codes.NOT_CHECKED: env._(
            "The file could not be checked here: it takes too much time or memory, or "
            "stops the check in another way. That says nothing about the file."
        ),
        codes.NO_SIGNATURE: env._("The file has no signature."),
        codes.NOT_RETURNED: env._(
            "It was sent along, and no signed file of that name came back."
        ),
        codes.EMPTY_FIELD: env._(
            "A signature is missing: the field “%(field)s” is empty."
        ),
        codes.SPARE_FIELD: env._(
            "All who were asked have signed; one more field for a signature, "
            "“%(field)s”, is empty."
        ),
        codes.LENIENT: env._(
            "The file is not well-formed: other programs may show it differently."
        ),
        codes.ACTIVE: env._(
            "The file contains what wasn't sent: scripts or a form that can change "
            "what it shows (%(keys)s)."
        ),
        codes.DISPLAY: env._(
            "The file has settings that weren't sent and can change what it shows "
            "(%(keys)s)."
        ),
        codes.FEWER_SIGNATURES: env._(
            "%(expected)s signatures of the level “%(level)s” were asked for; the "
            "certificates in the file show %(found)s."
        ),
        codes.BROKEN: env._(
            "The signature of %(signer)s is broken: the file isn't what was signed."
        ),
        codes.UNCHECKED: env._(
            "The signature of %(signer)s is of a kind that can't be checked here "
            "(%(detail)s). That says nothing against it."
        ),
        codes.WEAK: env._(
            "The signature of %(signer)s uses an outdated algorithm, which proves "
            "little today (%(detail)s)."
        ),
        codes.BORROWED: env._(
            "The field “%(field)s” holds a copy of the signature in “%(signer)s”: it "
            "is one signature, not two."
        ),
        codes.PARTIAL: env._(
            "The signature of %(signer)s doesn't cover the whole document."
        ),
        codes.CHANGED_LATER: env._(
            "The document was changed after %(signer)s had signed it."
        ),
        codes.REVOKED: env._(
            "The certificate of %(signer)s was revoked before the signature."
        ),
        codes.UNTRUSTED: env._(
            "The signature is intact, but it isn't known who vouches that it is by "
            "%(signer)s: “%(issuer)s” isn't among the trusted authorities of the "
            "connection. Add its certificate there."
        ),
        codes.EXPIRED: env._(
            "The certificate of %(signer)s had expired when the file arrived, and no "
            "time stamp shows that it was used before."
        ),
        codes.NOT_LISTED: env._(
            "The authority “%(issuer)s” that vouches for %(signer)s wasn't on the "
            "trusted list at the time of the signature."
        ),
        codes.DOUBTFUL: env._(
            "The certificate of %(signer)s could not be confirmed (%(detail)s)."
        ),
        codes.OTHER_PERSON: env._(
            "%(signer)s has signed, but %(asked)s was asked to sign."
        ),
        codes.TIMESTAMP_DOUBTFUL: env._(
            "The time stamp of the signature of %(signer)s isn't valid."
        ),
        codes.ALTERED: env._("The file isn't what was sent. Changed pages: %(pages)s."),
        codes.PAGES_MISSING: env._(
            "The file isn't what was sent. Missing pages: %(pages)s."
        ),
        codes.NOT_SHOWN: env._(
            "It could not be shown that all pages are as they were sent. Compare by "
            "eye: page %(pages)s."
        ),
        codes.DRAWN_OVER: env._(
            "Something was added on sent pages; see that it covers nothing: page "
            "%(pages)s."
        ),
        codes.INSERTED: env._(
            "Pages were put between those that were sent: page %(pages)s."
        ),
    }
