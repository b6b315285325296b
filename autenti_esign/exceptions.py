# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the client's error codes mean for the person who reads them."""

import logging
from contextlib import contextmanager

from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import LazyTranslate

from .client import assumptions, errors, pdf

_lt = LazyTranslate(__name__)

# What becomes of a failed call
RETRY = "retry"  # soon, or when Autenti says (Retry-After)
RETRY_AND_ASK = "retry_and_ask"  # it may pass; a person should look all the same
ASK = "ask"  # only a person can mend it
NEVER = "never"  # the same data would be refused again

REMEDIES = {
    errors.UNREACHABLE: RETRY,
    errors.TIMEOUT: RETRY,
    errors.SERVER_ERROR: RETRY,
    errors.RATE_LIMITED: RETRY,
    errors.INVALID_RESPONSE: RETRY,
    # A read may be behind, or lack a permission for a while
    errors.NOT_FOUND: RETRY_AND_ASK,
    errors.INVALID_CLIENT: ASK,
    errors.INVALID_KEY: ASK,
    errors.UNKNOWN_USER: ASK,
    errors.INVALID_GRANT: ASK,
    errors.LOGIN_REQUIRED: ASK,
    errors.UNAUTHORIZED: ASK,
    errors.PAYMENT_REQUIRED: ASK,
    errors.FORBIDDEN: ASK,
    errors.CHALLENGE: ASK,
    errors.BAD_REQUEST: NEVER,
}
# The acting user isn't let in, so that another one may be
ACCOUNT_REFUSALS = (errors.UNKNOWN_USER, errors.INVALID_GRANT, errors.LOGIN_REQUIRED)
# What another one may not see or do, though they are let in
STAND_IN_REFUSALS = (
    *ACCOUNT_REFUSALS,
    *(errors.FORBIDDEN, errors.NOT_FOUND, errors.UNAUTHORIZED),
)
# Codes beside those of `client.errors`: the set-up lacks something; a bug in Odoo;
# nobody knows whether Autenti did it; it has waited too long; nobody but a person knows
# which file is the contract
SETUP = "setup"
BUG = "bug"
IN_DOUBT = "in_doubt"
TOO_OLD = "too_old"
UNCLEAR_FILES = "unclear_files"

# Failures in a row after which a person hears of it: one 404 may be a read that is
# behind, and what passes by itself has passed long before the last of these
TOLD_AFTER = {ASK: 1, NEVER: 1, RETRY_AND_ASK: 3, RETRY: 10}

# What happened and what to do next, per code of `client.errors`
MESSAGES = {
    errors.UNREACHABLE: _lt(
        "Autenti can't be reached. If this goes on, ask your administrator to check "
        "the network."
    ),
    errors.TIMEOUT: _lt("Autenti didn't answer in time."),
    errors.SERVER_ERROR: _lt("Autenti has a technical problem at the moment."),
    errors.RATE_LIMITED: _lt("Autenti asks to slow down."),
    errors.INVALID_CLIENT: _lt(
        "Autenti refuses the client ID or the client secret. Ask your administrator to "
        "compare both with Autenti's panel, and that they belong to the chosen "
        "environment (test or production)."
    ),
    errors.INVALID_KEY: _lt(
        "Autenti doesn't accept the key. Ask your administrator to paste the public "
        "key (JWK) of the connection into Autenti's panel and to compare the key ID."
    ),
    errors.UNKNOWN_USER: _lt(
        "Autenti doesn't know this e-mail as a user of the organization. Compare it "
        "with the Autenti account: your own in your preferences, the representative's "
        "in the connection."
    ),
    errors.INVALID_GRANT: _lt(
        "Autenti refuses to let Odoo act for this user. Ask your administrator to "
        "check the key, the key ID and the user's e-mail in the connection."
    ),
    errors.LOGIN_REQUIRED: _lt(
        "The salesperson's Autenti account isn't connected to Odoo, or its login has "
        "ended. The salesperson connects it in the preferences: click your picture in "
        "the top right corner, then My Preferences, tab Autenti."
    ),
    errors.UNAUTHORIZED: _lt(
        "Autenti refuses a token that it has just issued. Ask your administrator to "
        "check the application's permissions in Autenti's panel."
    ),
    errors.PAYMENT_REQUIRED: _lt(
        "The company's Autenti package is used up or doesn't include this service. "
        "That may be documents, or credits for codes by SMS. Buy them at Autenti, then "
        "try again."
    ),
    errors.FORBIDDEN: _lt(
        "Autenti doesn't permit this. Ask a Super Administrator (Superadministrator) "
        "of Autenti's panel to check the permissions of the application (“Konfiguracja "
        "API”) and the acting user's access to all documents (“dostęp do wszystkich "
        "dokumentów”)."
    ),
    errors.CHALLENGE: _lt(
        "Autenti wants an action that can't be done from here. Open the document in "
        "Autenti's panel."
    ),
    errors.NOT_FOUND: _lt(
        "Autenti doesn't find the document, or the acting user may not see it. Look "
        "for it in Autenti's panel. A draft that is gone there can be withdrawn here."
    ),
    errors.BAD_REQUEST: _lt(
        "Autenti doesn't accept the data. Correct it and send the contract again."
    ),
    errors.INVALID_RESPONSE: _lt(
        "Autenti's answer can't be understood. If this goes on, tell your "
        "administrator."
    ),
}

# Per code of `client.pdf`
PDF_MESSAGES = {
    pdf.EMPTY: _lt("There is no PDF to sign. Attach one or choose the report."),
    pdf.NOT_PDF: _lt("This file isn't a PDF. Save it as PDF and attach it again."),
    pdf.DAMAGED: _lt("The file is damaged. Make it again and attach it once more."),
    pdf.TOO_LARGE: _lt(
        "The file is larger than the %s MB that Autenti takes. Make it smaller.",
        assumptions.MAX_FILE_BYTES // 10**6,
    ),
    pdf.TOO_COSTLY: _lt(
        "Reading the file takes more time or memory than any ordinary one does, so it "
        "was stopped. Make the file again, or print it to a PDF."
    ),
    pdf.ENCRYPTED: _lt(
        "The file is protected by a password. Attach it without protection."
    ),
    pdf.HAS_FORM: _lt(
        "The PDF has form fields, which Autenti refuses. Print it to a PDF first."
    ),
    pdf.SIGNED: _lt(
        "The PDF is already signed, which Autenti refuses. Attach the unsigned one."
    ),
}


@contextmanager
def told_to_user(env, login_action=None):
    """Turn an AutentiError into what the user who waits for the answer reads.

    :param dict login_action: leads to Autenti's login page, where the user has one
    :raise UserError: with what to do next
    :raise RedirectWarning: with the way to the login page
    """
    try:
        yield
    except errors.AutentiError as error:
        if error.code == errors.LOGIN_REQUIRED and login_action:
            warning = RedirectWarning(
                env._(
                    "Your Autenti account isn't connected to Odoo, or its login has "
                    "ended. Connect it, then go on from here."
                ),
                login_action,
                env._("Connect my Autenti account"),
            )
            # For Odoo's own log, which would take it for a bug
            warning.loglevel = logging.INFO
            raise warning from error
        raise UserError(error_message(env, error, in_background=False)) from error


def get_remedy(error):
    """Tell what is to be done about an error.

    :param error: client.errors.AutentiError, or UserError when the set-up lacks
        something
    :return: RETRY, RETRY_AND_ASK, ASK or NEVER
    """
    return REMEDIES.get(get_code(error), ASK)


def get_code(error):
    """Return the code of an error as `get_remedy` takes it."""
    return error.code if isinstance(error, errors.AutentiError) else SETUP


def is_account_refused(error):
    """Tell if Autenti doesn't let the acting user in.

    :param error: client.errors.AutentiError, or what `told_to_user` made of it
    :rtype: bool
    """
    cause = error if isinstance(error, errors.AutentiError) else error.__cause__
    return getattr(cause, "code", None) in ACCOUNT_REFUSALS


def describe(env, error):
    """Say an error of work in the background to a person.

    :param error: as of `get_remedy`
    :rtype: str
    """
    if isinstance(error, errors.AutentiError):
        return error_message(env, error, in_background=True)
    return str(error)


def error_message(env, error, *, in_background):
    """Say an AutentiError to a person: what to do, then Autenti's own words.

    :param client.errors.AutentiError error:
    :param bool in_background: Odoo itself repeats what can be repeated
    :rtype: str
    """
    lines = [env._(MESSAGES[error.code])]  # pylint: disable=translation-not-lazy
    if wanted := getattr(error, "wanted", ""):
        lines = [
            env._(
                "Autenti asks for something that this version can't do: %s. Open the "
                "document in Autenti's panel.",
                wanted,
            )
        ]
    if REMEDIES[error.code] == RETRY:
        lines.append(
            env._("Odoo tries again by itself.")
            if in_background
            else env._("Try again in a minute.")
        )
    # Without an answer, the detail is our own library's word
    if error.detail and error.code != errors.UNREACHABLE:
        lines.append(env._("Autenti says: %s", error.detail))
    return "\n".join(lines)


def pdf_message(env, error):
    """Say an UnsendablePdf to a person.

    :param client.pdf.UnsendablePdf error:
    :rtype: str
    """
    return env._(PDF_MESSAGES[error.code])  # pylint: disable=translation-not-lazy


def enclosure_message(env, name, error):
    """Say to a person why a file can't go along.

    :param str name: of the file
    :param client.pdf.UnsendablePdf error:
    :rtype: str
    """
    if error.code == pdf.NOT_PDF:
        return env._(
            "%s: Autenti takes PDF and, as they are, DOC, DOCX, ODS, ODT, XLS and "
            "XLSX; Odoo makes PDFs of pictures. Save the file as PDF first.",
            name,
        )
    return f"{name}: {pdf_message(env, error)}"
