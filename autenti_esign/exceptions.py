# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the client's error codes mean for the person who reads them."""

import logging
import math
from contextlib import contextmanager
from typing import NamedTuple

from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import LazyTranslate
from odoo.tools.translate import LazyGettext

from .client import assumptions, errors, pdf

_lt = LazyTranslate(__name__)

# What becomes of a failed call
RETRY = "retry"  # soon, or when Autenti says (Retry-After)
RETRY_AND_ASK = "retry_and_ask"  # it may pass; a person should look all the same
ASK = "ask"  # only a person can mend it
NEVER = "never"  # the same data would be refused again

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

# Codes that pass by themselves have one of these
PASSING = (RETRY, RETRY_AND_ASK)
# Failures in a row after which a person hears of it: one 404 may be a read that is
# behind, and what passes by itself has passed long before the last of these
TOLD_AFTER = {ASK: 1, NEVER: 1, RETRY_AND_ASK: 3, RETRY: 10}


class Handling(NamedTuple):
    """What follows from an error of Autenti's.

    :param message: what happened, and what to do next
    :param str remedy: RETRY, RETRY_AND_ASK, ASK or NEVER
    :param str check: the line of the health check that it belongs to
    """

    message: LazyGettext
    remedy: str = ASK
    check: str = "user"


# Per code of `client.errors`
ERRORS = {
    errors.UNREACHABLE: Handling(
        _lt(
            "Autenti can't be reached. If this goes on, ask your administrator to "
            "check the network."
        ),
        RETRY,
        "environment",
    ),
    errors.TIMEOUT: Handling(
        _lt("Autenti didn't answer in time."), RETRY, "environment"
    ),
    errors.SERVER_ERROR: Handling(
        _lt("Autenti has a technical problem at the moment."), RETRY, "environment"
    ),
    errors.RATE_LIMITED: Handling(
        _lt("Autenti asks to slow down."), RETRY, "environment"
    ),
    errors.PAUSED: Handling(
        _lt(
            "The calls to Autenti that are allowed in a minute are used up, or Autenti "
            "has asked for a pause."
        ),
        RETRY,
        "environment",
    ),
    errors.INVALID_CLIENT: Handling(
        _lt(
            "Autenti refuses the client ID or the client secret. Ask your "
            "administrator to compare both with Autenti's panel, and that they belong "
            "to the chosen environment (test or production)."
        ),
        check="application",
    ),
    errors.INVALID_KEY: Handling(
        _lt(
            "Autenti doesn't accept the key. Ask your administrator to paste the "
            "public key (JWK) of the connection into Autenti's panel and to compare "
            "the key ID."
        ),
        check="key",
    ),
    errors.UNKNOWN_USER: Handling(
        _lt(
            "Autenti doesn't know this e-mail as a user of the organization. Compare "
            "it with the Autenti account: your own in your preferences, the "
            "representative's in the connection."
        )
    ),
    errors.INVALID_GRANT: Handling(
        _lt(
            "Autenti refuses to let Odoo act for this user. Ask your administrator to "
            "check the key, the key ID and the user's e-mail in the connection."
        )
    ),
    errors.LOGIN_REQUIRED: Handling(
        _lt(
            "The salesperson's Autenti account isn't connected to Odoo, or its login "
            "has ended. The salesperson connects it in the preferences: click your "
            "picture in the top right corner, then My Preferences, tab Autenti."
        )
    ),
    errors.UNAUTHORIZED: Handling(
        _lt(
            "Autenti refuses a token that it has just issued. Ask your administrator "
            "to check the application's permissions in Autenti's panel."
        )
    ),
    errors.PAYMENT_REQUIRED: Handling(
        _lt(
            "The company's Autenti package is used up or doesn't include this service."
            " That may be documents, or credits for codes by SMS. Buy them at Autenti,"
            " then try again."
        ),
        check="package",
    ),
    errors.FORBIDDEN: Handling(
        _lt(
            "Autenti doesn't permit this. Ask a Super Administrator "
            "(Superadministrator) of Autenti's panel to check the permissions of the "
            "application (“Konfiguracja API”) and the acting user's access to all "
            "documents (“dostęp do wszystkich dokumentów”)."
        )
    ),
    errors.CHALLENGE: Handling(
        _lt(
            "Autenti wants an action that can't be done from here. Open the document "
            "in Autenti's panel."
        )
    ),
    # A read may be behind, or lack a permission for a while
    errors.NOT_FOUND: Handling(
        _lt(
            "Autenti doesn't find the document, or the acting user may not see it. "
            "Look for it in Autenti's panel. A draft that is gone there can be "
            "withdrawn here."
        ),
        RETRY_AND_ASK,
    ),
    errors.BAD_REQUEST: Handling(
        _lt("Autenti doesn't accept the data. Correct it and send the contract again."),
        NEVER,
    ),
    errors.INVALID_RESPONSE: Handling(
        _lt(
            "Autenti's answer can't be understood. If this goes on, tell your "
            "administrator."
        ),
        RETRY,
        "environment",
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
    pdf.ACTIVE: _lt(
        "The PDF has scripts in it, or starts programs, so it needn't show everybody "
        "the same. Print it to a PDF first."
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


def get_remedy(code):
    """Tell what is to be done about an error.

    :param str code: of `get_code`
    :return: RETRY, RETRY_AND_ASK, ASK or NEVER
    """
    return ERRORS[code].remedy if code in ERRORS else ASK


def get_code(error):
    """Return the code of an error.

    :param error: client.errors.AutentiError, or UserError when the set-up lacks
        something
    """
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

    :param error: as of `get_code`
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
    handling = ERRORS[error.code]
    lines = [env._(handling.message)]  # pylint: disable=translation-not-lazy
    if wanted := getattr(error, "wanted", ""):
        lines = [
            env._(
                "Autenti asks for something that this version can't do: %s. Open the "
                "document in Autenti's panel.",
                wanted,
            )
        ]
    if handling.remedy == RETRY:
        minutes = math.ceil((error.retry_after or 1) / 60)
        if in_background:
            lines.append(env._("Odoo tries again by itself."))
        elif minutes == 1:
            lines.append(env._("Try again in a minute."))
        else:
            lines.append(env._("Try again in %s minutes.", minutes))
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
