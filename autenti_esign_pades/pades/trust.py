# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whom a validation trusts: certificates, and the trusted lists of EU countries."""

import base64
import datetime
from dataclasses import dataclass, field

from asn1crypto import pem, x509
from lxml import etree

# ETSI TS 119 612: the services whose certificates count, and when they do
TSL = "{http://uri.etsi.org/02231/v2#}"
CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
STATUS_URI = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
# Granted since eIDAS (2016); supervised or accredited before
GOOD_STATUSES = {
    f"{STATUS_URI}{status}"
    for status in (
        "granted",
        "undersupervision",
        "supervisionincessation",
        "accredited",
    )
}
MAXIMUM_LIST_BYTES = 50 * 2**20


class TrustError(ValueError):
    """A file that isn't what it should be.

    :param str code: "certificate", "not_authority", "list", "list_of_lists" or "empty"
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Period:
    """Since when and, unless it is so still, until when a service was good."""

    service: str
    since: datetime.datetime
    until: datetime.datetime | None


@dataclass
class TrustedList:
    """A national trusted list.

    :ivar periods: by the SHA-256 of a service's certificate
    """

    territory: str
    issued: datetime.datetime
    next_update: datetime.datetime | None
    certificates: dict[bytes, x509.Certificate] = field(default_factory=dict)
    periods: dict[bytes, list[Period]] = field(default_factory=dict)


@dataclass
class Trust:
    """All that a validation trusts."""

    authorities: list[x509.Certificate] = field(default_factory=list)
    lists: list[TrustedList] = field(default_factory=list)

    def roots(self, *services):
        """Return the certificates to trust for a kind of service."""
        listed = {
            key: trusted.certificates[key]
            for trusted in self.lists
            for key, periods in trusted.periods.items()
            if any(period.service in services for period in periods)
        }
        return [*self.authorities, *listed.values()]

    def is_configured(self, certificate):
        """Tell if an administrator trusts the certificate itself."""
        return any(certificate.sha256 == one.sha256 for one in self.authorities)

    def is_listed(self, certificate, service, moment):
        """Tell if a trusted list says that the certificate's service was good then."""
        return any(
            period.service == service
            and period.since <= moment
            and (period.until is None or moment < period.until)
            for trusted in self.lists
            for period in trusted.periods.get(certificate.sha256, ())
        )


def read_certificates(data):
    """Read certificates of authorities.

    :param bytes data: PEM, one or more, or DER
    :rtype: list[asn1crypto.x509.Certificate]
    :raise TrustError:
    """
    try:
        if pem.detect(data):
            blocks = [der for _kind, _headers, der in pem.unarmor(data, multiple=True)]
        else:
            blocks = [data]
        certificates = [x509.Certificate.load(block, strict=True) for block in blocks]
        for certificate in certificates:
            if not (certificate.ca or certificate.self_signed in ("yes", "maybe")):
                raise TrustError("not_authority")
            # Parsed as far as a validation will need it
            certificate.public_key.dump()
            certificate.not_valid_after.isoformat()
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, TrustError):
            raise
        raise TrustError("certificate") from error
    return certificates


def read_trusted_list(data):
    """Read a national trusted list. Its own signature isn't checked.

    :param bytes data: XML after ETSI TS 119 612
    :rtype: TrustedList
    :raise TrustError:
    """
    root = _parse(data)
    scheme = root.find(f"{TSL}SchemeInformation")
    services = root.findall(f".//{TSL}TSPService")
    if scheme is None:
        raise TrustError("list")
    if not services:
        is_of_lists = scheme.find(f".//{TSL}OtherTSLPointer") is not None
        raise TrustError("list_of_lists" if is_of_lists else "empty")
    try:
        next_update = scheme.findtext(f"{TSL}NextUpdate/{TSL}dateTime")
        trusted = TrustedList(
            territory=scheme.findtext(f"{TSL}SchemeTerritory", "").strip(),
            issued=_time(scheme.findtext(f"{TSL}ListIssueDateTime")),
            next_update=_time(next_update) if next_update else None,
        )
        for service in services:
            _add_service(trusted, service)
    except (ValueError, TypeError, AttributeError) as error:
        raise TrustError("list") from error
    if not trusted.periods:
        raise TrustError("empty")
    return trusted


def _parse(data):
    if len(data) > MAXIMUM_LIST_BYTES:
        raise TrustError("list")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TrustError("list") from error
    # A list has no need of a DTD; entities are how XML is made to explode
    if root.getroottree().docinfo.doctype or root.tag != f"{TSL}TrustServiceStatusList":
        raise TrustError("list")
    return root


def _add_service(trusted, service):
    """Keep a service's certificates with the periods in which it was good."""
    now = service.find(f"{TSL}ServiceInformation")
    if now.findtext(f"{TSL}ServiceTypeIdentifier", "").strip() not in (CA_QC, QTST):
        return
    history = service.findall(f"{TSL}ServiceHistory/{TSL}ServiceHistoryInstance")
    periods = _get_periods([now, *history])
    if not periods:
        return
    for text in now.iterfind(f"{TSL}ServiceDigitalIdentity//{TSL}X509Certificate"):
        certificate = x509.Certificate.load(base64.b64decode(text.text))
        trusted.certificates[certificate.sha256] = certificate
        trusted.periods.setdefault(certificate.sha256, []).extend(periods)


def _get_periods(states):
    """Turn the states of a service, in any order, into its good periods."""
    starts = sorted(
        (
            _time(state.findtext(f"{TSL}StatusStartingTime")),
            state.findtext(f"{TSL}ServiceStatus", "").strip(),
            state.findtext(f"{TSL}ServiceTypeIdentifier", "").strip(),
        )
        for state in states
    )
    ends = [start for start, _status, _service in starts[1:]] + [None]
    return [
        Period(service, since, until)
        for (since, status, service), until in zip(starts, ends, strict=True)
        if status in GOOD_STATUSES
    ]


def _time(text):
    moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
