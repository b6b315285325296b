# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the libraries can't read though certificates and files in use have it.

Each of these made them raise an exception where the standards allow what they met.
"""

import hashlib

from asn1crypto import keys, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis.rules.form_field_rules import DSSCompareRule
from pyhanko_certvalidator import validate
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.manager import RevinfoManager


def mend():
    """Make asn1crypto and pyHanko bear such files; called once, when imported."""
    _mend_names()
    _mend_hashes()
    _mend_evidence()
    _mend_revocation()
    _mend_references()


def _mend_names():
    """Compare and show the parts of a name that asn1crypto can't read by their bytes.

    Polish seals have a postal address, which is a sequence (X.520, 6.6.1); others have
    strings of another type than X.520 wants.
    """
    prepare = x509.NameTypeAndValue.prepped_value.fget
    humanize = x509.Name.human_friendly.fget

    def prepped_value(part):
        try:
            return prepare(part)
        except Exception:
            return part.dump().hex()

    def human_friendly(name):
        try:
            return humanize(name)
        except Exception:
            return name.dump().hex()

    x509.NameTypeAndValue.prepped_value = property(prepped_value)
    x509.Name.human_friendly = property(human_friendly)


def _mend_hashes():
    """OCSP may name a certificate by any hash of its issuer (RFC 6960, 4.1.1)."""
    for algorithm in ("sha224", "sha384", "sha512"):
        digest = getattr(hashlib, algorithm)
        by_name = property(lambda name, digest=digest: digest(name.dump()).digest())
        by_key = property(
            lambda key, digest=digest: digest(bytes(key["public_key"])).digest()
        )
        setattr(x509.Name, algorithm, by_name)
        setattr(keys.PublicKeyInfo, algorithm, by_key)


def _mend_evidence():
    """Let the evidence of a signature be renewed (ETSI EN 319 142-1, 5.4.2.3).

    pyHanko lets entries be added, and none be changed.
    """
    check_vri = DSSCompareRule._check_vri

    def check_renewed_vri(old, new, old_vri, new_vri):
        kept = generic.DictionaryObject(
            {
                generic.pdf_name(key): value
                for key, value in old_vri.items()
                if key not in new_vri or new_vri.raw_get(key) == old_vri.raw_get(key)
            }
        )
        yield from check_vri(old, new, kept, new_vri)

    DSSCompareRule._check_vri = staticmethod(check_renewed_vri)


def _mend_revocation():
    """Look at all evidence that a file brings, also about who isn't above an anchor.

    A certificate needn't say where its evidence is published for the evidence to count,
    and the chain ends at a trust anchor, whoever has issued that one (ETSI EN 319
    102-1, 5.2.6). The library only lets self-signed anchors issue CRLs.
    """
    validate.get_declared_revinfo = lambda _certificate: (True, True)
    truncate = ValidationPath.truncate_to_issuer_and_append

    def truncate_to_issuer_and_append(path, certificate):
        anchor = path.trust_anchor.authority
        is_anchor = (
            isinstance(anchor, AuthorityWithCert)
            and anchor.certificate.sha256 == certificate.sha256
        )
        if is_anchor:
            return ValidationPath(path.trust_anchor, interm=[], leaf=None)
        return truncate(path, certificate)

    ValidationPath.truncate_to_issuer_and_append = truncate_to_issuer_and_append
    retrieve = RevinfoManager.async_retrieve_ocsps

    async def async_retrieve_ocsps(manager, certificate, authority):
        found = await retrieve(manager, certificate, authority)
        return [one for one in found if _is_about(one, certificate)]

    RevinfoManager.async_retrieve_ocsps = async_retrieve_ocsps


def _mend_references():
    """A reference to what isn't there is null, and no error (ISO 32000-2, 7.3.10)."""
    read = PdfFileReader._read_object

    def read_object(reader, reference, marker, *args, **options):
        if marker is not None:
            return read(reader, reference, marker, *args, **options)
        nothing = generic.NullObject()
        nothing.container_ref = reference
        return nothing

    PdfFileReader._read_object = read_object


def _is_about(answer, certificate):
    """Tell if an OCSP answer is about a certificate, not about another of its issuer's.

    The library takes the latter for one that has failed.
    """
    try:
        about = answer.extract_single_response()["cert_id"]["serial_number"].native
        return about == certificate.serial_number
    except Exception:  # the library says what is wrong with it
        return True
