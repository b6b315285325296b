# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each signature of a file: intact, of what, by whom, when, and trusted by whom."""

import contextlib
import datetime
import re
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.constants import VALUE_UPDATE_KEYS
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    SigFieldCreationRule,
    SigFieldModificationRule,
    is_field_visible,
)
from pyhanko.sign.diff_analysis.rules_api import (
    Context,
    ReferenceUpdate,
    WhitelistRule,
)
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.general import find_cms_attribute
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    KeyUsageConstraints,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import DisallowedAlgorithmError
from pyhanko.sign.validation.ltv import retrieve_adobe_revocation_info
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from . import certificate as certificates
from . import report as codes
from .trust import CA_QC, QTST

# A seal's certificate may say the one or the other
KEY_USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
COVERAGE = {
    SignatureCoverageLevel.ENTIRE_FILE: "file",
    SignatureCoverageLevel.ENTIRE_REVISION: "revision",
}
KINDS = {
    ModificationLevel.NONE: "archive",
    ModificationLevel.LTA_UPDATES: "archive",
    ModificationLevel.FORM_FILLING: "form",
}
RANK = {"archive": 0, "form": 1, "other": 2}
# What a certifying signature lets be changed (ISO 32000-2, table 257)
PERMITTED = {MDPPerm.NO_CHANGES: 0, MDPPerm.FILL_FORMS: 1, MDPPerm.ANNOTATE: 1}
# To tell what is outdated from what is broken
ANY_ALGORITHM = CMSAlgorithmUsagePolicy.lift_policy(
    DisallowWeakAlgorithmsPolicy(
        weak_hash_algos=frozenset(), rsa_key_size_threshold=0, dsa_key_size_threshold=0
    )
)
NO_EVIDENCE = {"crls": [], "ocsps": []}
# pyHanko's problems that mean: nobody who is trusted stands behind the certificate
NO_CHAIN = {"NO_CERTIFICATE_CHAIN_FOUND", "CERTIFICATE_CHAIN_GENERAL_FAILURE"}


TAGS = ("/Root", "/StructTreeRoot")
# Which entries of a field its signing may change besides those that pyHanko knows: the
# order to lock fields, the page, and what the signature is drawn with
# (ISO 32000-2, tables 166, 192, 235)
SIGNING_KEYS = {"/Lock", "/P", "/MK", "/BS", "/Border"}
# Seals that the platform puts before and after the signers. The first name was seen in
# one real file (SINGLE), the word in the others is a GUESS.
PLATFORM_SEAL = re.compile(r"seal", re.IGNORECASE)


class EmbeddedSignature(EmbeddedPdfSignature):
    """A signature whose own word on its time doesn't have to be a date."""

    @property
    def self_reported_timestamp(self):
        try:
            return super().self_reported_timestamp
        except Exception:  # the claim proves nothing (ISO 32000-2, table 255)
            return None


class SigningRule(SigFieldModificationRule):
    """Lets the revision that signs a field change what belongs to its signature.

    A field that is signed already, or stays empty, is left as it is.
    """

    def __init__(self):
        super().__init__(value_update_keys=VALUE_UPDATE_KEYS | SIGNING_KEYS)

    def check_form_field(self, fq_name, spec, context):
        yield from super().check_form_field(fq_name, spec, context)
        old, new = spec.old_field, spec.new_field
        if not old or not new or "/V" in old or "/V" not in new:
            return
        _check_page(new, context)
        if new.get("/Subtype") == "/Widget":
            # Whatever leads to it, for instance a link to its page
            yield (
                ModificationLevel.FORM_FILLING,
                FormUpdate(updated_ref=spec.new_field_ref, field_name=fq_name),
            )
        for key in SIGNING_KEYS - {"/P"} & new.keys():
            for reference in context.new.collect_dependencies(
                new.raw_get(key), since_revision=context.old.revision + 1
            ):
                if not context.old.is_ref_available(reference):
                    raise SuspiciousModification(f"{key} changes {reference}")
                yield (
                    ModificationLevel.FORM_FILLING,
                    FormUpdate(updated_ref=reference, field_name=fq_name),
                )


class StructureRule(WhitelistRule):
    """Lets the tags of a file, which don't show, tell of new fields.

    An object that is used as something else too has to be allowed there as well.
    """

    def apply(self, old, new):
        for reference in new.explicit_refs_in_revision():
            usages = old._get_usages_of_ref(reference)
            tags = [path for path in usages if path.path[:2] == TAGS]
            for path in tags:
                context = Context.from_absolute(old, path)
                yield ReferenceUpdate(reference, context_checked=context)
            if not tags or len(tags) < len(usages):
                continue
            for added in new.collect_dependencies(
                new(reference), since_revision=old.revision + 1
            ):
                yield ReferenceUpdate(added)


def _check_page(field, context):
    page = field.raw_get("/P") if "/P" in field else None
    if page is None:
        return
    if (
        not isinstance(page, generic.IndirectObject)
        or context.old.is_ref_available(page.reference)
        or context.old(page.reference).get("/Type") != "/Page"
    ):
        raise SuspiciousModification("/P is no page")


class RevisionPolicy(StandardDiffPolicy):
    """Allows signatures, time stamps and evidence to be added.

    Filling in other form fields is no part of signing a contract. Each revision is
    compared with the one before it, once for all signatures: what each step may change,
    all of them may.
    """

    def __init__(self):
        structure_rule = StructureRule().as_qualified(ModificationLevel.LTA_UPDATES)
        super().__init__(
            [*DEFAULT_DIFF_POLICY.global_rules, structure_rule],
            FormUpdatingRule([SigFieldCreationRule(), SigningRule()]),
        )
        self._results = {}

    def list_changes(self, embedded):
        """Tell what the revisions after a signature have changed.

        :param EmbeddedSignature embedded:
        :rtype: list[report.Change]
        """
        return [
            self._describe(embedded, revision)
            for revision in range(
                embedded.signed_revision + 1, embedded.reader.xrefs.total_revisions
            )
        ]

    def _describe(self, embedded, revision):
        permission, lock = embedded.docmdp_level, embedded.fieldmdp
        kind, fields, detail = self._compare(
            embedded.reader, revision, permission is not None
        )
        if permission is not None and RANK[kind] > PERMITTED[permission]:
            kind, detail = "other", f"DocMDP {permission.value}"
        locked = [name for name in fields if lock and lock.is_locked(name)]
        if locked:
            kind, detail = "other", ", ".join(locked)
        return codes.Change(revision + 1, kind, detail or ", ".join(sorted(fields)))

    def _compare(self, reader, revision, is_certified):
        """Compare a revision with the one before it.

        :return: kind of the change, names of the changed fields, and why it is "other"
        """
        key = revision, is_certified
        if key not in self._results:
            self._results[key] = self._compare_once(reader, revision, is_certified)
        return self._results[key]

    def _compare_once(self, reader, revision, is_certified):
        new = reader.get_historical_resolver(revision)
        try:
            result = self.apply(
                reader.get_historical_resolver(revision - 1),
                new,
                doc_mdp=MDPPerm.FILL_FORMS if is_certified else None,
            )
        except Exception as error:  # a broken file breaks its reader in any way
            return "other", (), str(error) or type(error).__name__
        kind = KINDS.get(result.modification_level, "other")
        if kind == "form" and _only_stamps(new, result.changed_form_fields):
            kind = "archive"
        return kind, result.changed_form_fields, ""


def _only_stamps(document, names):
    """Tell if fields are invisible document time stamps, whatever they are drawn with.

    What the form's defaults draw is compared with the rest of the content.
    """
    fields = {
        name: field
        for name, _value, field in enumerate_sig_fields(document)
        if name in names
    }
    return fields.keys() == names and all(
        _is_stamp(field.get_object()) for field in fields.values()
    )


def _is_stamp(field):
    value = field["/V"] if "/V" in field else None
    return (
        isinstance(value, generic.DictionaryObject)
        and value.get("/Type") == "/DocTimeStamp"
        and not is_field_visible(field)
    )


@dataclass
class Found:
    """A signature in a field, readable or not.

    :ivar key: the same for the same signature in several fields
    """

    name: str
    revision: int
    key: object
    embedded: EmbeddedSignature | None = None
    error: Exception | None = None

    @property
    def is_stamp(self):
        return self.embedded and self.embedded.sig_object_type == "/DocTimeStamp"


class Examiner:
    """Examines the signatures of one file.

    :param reader: a pyHanko reader
    :param trust.Trust trust:
    :param datetime.datetime moment: when the file is known to have existed
    :param report.Report report: gets what is found
    """

    def __init__(self, reader, trust, moment, report):
        self._reader = reader
        self._trust = trust
        self._moment = moment
        self._report = report
        self._policy = RevisionPolicy()
        self._signatures, self._stamps = self._read_signatures()
        self._evidence = self._read_evidence()
        # (revision, time) of the trusted document time stamps
        self._timestamps = []

    async def examine(self):
        for stamp in self._stamps:
            await self._examine_timestamp(stamp.embedded)
        if not self._signatures:
            self._report.find(codes.NO_SIGNATURE)
        for found in self._signatures:
            self._report.signatures.append(
                await self._examine_signature(found, found is self._signatures[-1])
            )

    def _read_signatures(self):
        """Return the signatures and the document time stamps, in their order.

        A signature is one, however many fields refer to it or hold a copy of it.
        """
        signatures, stamps, seen = [], [], {}
        for name, _value, field in enumerate_sig_fields(self._reader, True):
            found = self._read_signature(name, field)
            if found.key in seen:
                signer = seen[found.key].name
                self._report.find(codes.BORROWED, signer=signer, field=name)
                continue
            seen[found.key] = found
            (stamps if found.is_stamp else signatures).append(found)
        for each in (signatures, stamps):
            each.sort(key=lambda found: found.revision)
        return signatures, stamps

    def _read_signature(self, name, field):
        try:
            embedded = EmbeddedSignature(self._reader, field, name)
        except Exception as error:
            reference = field.get_object().raw_get("/V").reference
            revision = self._reader.xrefs.get_last_change(reference)
            return Found(name, revision, reference, error=error)
        key = embedded.signer_info["signature"].native
        return Found(name, embedded.signed_revision, key, embedded)

    async def _examine_timestamp(self, embedded):
        try:
            status = await async_validate_pdf_timestamp(
                embedded, self._context(QTST), skip_diff=True
            )
            good = status.intact and status.valid and _covers(embedded)
        except Exception:
            good = False
        if not good:
            self._report.find(codes.TIMESTAMP_DOUBTFUL, signer=embedded.field_name)
        elif status.trusted:
            authority = certificates.get_name(status.signing_cert)
            self._timestamps.append(
                (embedded.signed_revision, status.timestamp, authority)
            )

    async def _examine_signature(self, found, is_last):
        result = codes.Signature(
            field=found.name, revision=found.revision + 1, signer=found.name
        )
        embedded = found.embedded
        if not embedded:
            self._find(codes.UNCHECKED, result, detail=str(found.error))
            return result
        status = await self._validate(embedded, result)
        if not status:
            return result
        result.intact = status.intact and status.valid
        if not result.intact:
            self._find(codes.BROKEN, result)
            return result
        self._check_coverage(embedded, status, is_last, result)
        self._take_times(embedded, status, result)
        await self._check_trust(embedded, status, result)
        return result

    async def _validate(self, embedded, result):
        """Have pyHanko validate a signature, by outdated algorithms too.

        What pyHanko can't do is no fault of the signature, unless its digest shows that
        the file has changed.

        :return: pyHanko's status, None where the signature can't be checked
        """
        try:
            self._describe(embedded, result)
            try:
                return await self._ask_library(embedded)
            except DisallowedAlgorithmError as error:
                status = await self._ask_library(embedded, algorithms=ANY_ALGORITHM)
                self._find(codes.WEAK, result, detail=str(error))
                return status
        except Exception as error:
            if _is_altered(embedded):
                self._find(codes.BROKEN, result)
            else:
                self._find(codes.UNCHECKED, result, detail=str(error))
            return None

    async def _ask_library(self, embedded, moment=None, algorithms=None):
        return await async_validate_pdf_signature(
            embedded,
            self._context(CA_QC, moment, algorithms),
            ts_validation_context=self._context(QTST),
            key_usage_settings=KEY_USAGE,
            algorithm_policy=algorithms,
            skip_diff=True,
        )

    def _describe(self, embedded, result):
        certificate = embedded.signer_cert
        result.signer = certificates.get_name(certificate)
        result.organisation = certificates.get_organisation(certificate)
        result.is_seal = certificates.is_organisation(certificate)
        result.issuer = certificates.get_issuer(certificate)
        result.serial = f"{certificate.serial_number:x}"
        result.certificate_sha256 = certificate.sha256.hex()
        result.valid_from = certificate.not_valid_before.isoformat()
        result.valid_until = certificate.not_valid_after.isoformat()
        result.level = certificates.get_level(certificate)
        claimed = embedded.self_reported_timestamp
        result.claimed_time = claimed.isoformat() if claimed else None

    def _check_coverage(self, embedded, status, is_last, result):
        whole = _covers(embedded)
        result.covers = COVERAGE.get(status.coverage, "part") if whole else "part"
        if result.covers == "part":
            self._find(codes.PARTIAL, result)
            return
        result.changes = self._policy.list_changes(embedded)
        # After the last signature nobody vouches for what is added to be seen
        allowed = {"archive"} if is_last else {"archive", "form"}
        bad = next((c for c in result.changes if c.kind not in allowed), None)
        if bad:
            self._find(
                codes.CHANGED_LATER, result, revision=bad.revision, detail=bad.detail
            )

    def _take_times(self, embedded, status, result):
        """Keep the earliest time that a trusted time stamp proves."""
        proofs = [
            (time, authority)
            for revision, time, authority in self._timestamps
            if revision >= embedded.signed_revision
        ]
        stamp = status.timestamp_validity
        if stamp and stamp.intact and stamp.valid:
            if stamp.trusted:
                authority = certificates.get_name(stamp.signing_cert)
                proofs.append((stamp.timestamp, authority))
        elif stamp:
            self._find(codes.TIMESTAMP_DOUBTFUL, result)
        if proofs:
            time, result.timestamp_authority = min(proofs)
            result.proven_time = time.isoformat()

    # === Trust === #

    async def _check_trust(self, embedded, status, result):
        proven = result.proven_time
        signed_at = datetime.datetime.fromisoformat(proven) if proven else self._moment
        if not status.trusted and proven:
            # Short-lived certificates end before the file gets here
            later = await self._ask_library(embedded, signed_at)
            revoked_before = status.revoked and (
                status.revocation_details.revocation_date <= signed_at
            )
            if not revoked_before:
                status = later
        if status.revoked:
            result.trust = codes.REVOKED
            result.revocation = "revoked"
            date = status.revocation_details.revocation_date.isoformat()
            self._find(codes.REVOKED, result, date=date)
        elif status.trusted:
            self._take_anchor(status, signed_at, result)
        else:
            await self._name_problem(embedded, status, result)

    def _take_anchor(self, status, signed_at, result):
        anchor = status.validation_path.first
        result.anchor = certificates.get_name(anchor)
        result.trust = "trusted"
        if self._knows_revocation(status):
            result.revocation = "good"
        listed = self._trust.is_listed(anchor, CA_QC, signed_at)
        qualified = result.level in (codes.QUALIFIED, codes.QUALIFIED_SEAL)
        result.level_is_listed = listed and qualified
        if not listed and not self._trust.is_configured(anchor):
            result.trust = codes.NOT_LISTED
            self._find(codes.NOT_LISTED, result, issuer=result.anchor)

    async def _name_problem(self, embedded, status, result):
        """Say why a certificate isn't trusted."""
        problem = getattr(status.trust_problem_indic, "name", "")
        if problem in NO_CHAIN and not await self._has_chain(embedded):
            result.trust = codes.UNTRUSTED
            self._find(codes.UNTRUSTED, result, issuer=result.issuer)
        elif status.signing_cert.not_valid_after < self._moment:
            result.trust = codes.EXPIRED
            self._find(codes.EXPIRED, result, date=result.valid_until)
        else:
            result.trust = codes.DOUBTFUL
            self._find(codes.DOUBTFUL, result, detail=problem)

    async def _has_chain(self, embedded):
        """Tell if the certificate is trusted but for the evidence in the file."""
        evidence, self._evidence = self._evidence, {**self._evidence, **NO_EVIDENCE}
        try:
            return (await self._ask_library(embedded)).trusted
        finally:
            self._evidence = evidence

    def _knows_revocation(self, status):
        """Tell if the file brings evidence about the signer's own certificate."""
        serial = status.signing_cert.serial_number
        issuer = status.signing_cert.issuer
        for crl in self._evidence["crls"]:
            if crl.issuer == issuer:
                return True
        for response in self._evidence["ocsps"]:
            basic = response.basic_ocsp_response
            for single in basic["tbs_response_data"]["responses"]:
                if single["cert_id"]["serial_number"].native == serial:
                    return True
        return False

    def _context(self, service, moment=None, algorithms=None):
        """Make what pyHanko validates a chain with: it fetches nothing."""
        services = (CA_QC,) if service == CA_QC else (CA_QC, QTST)
        return ValidationContext(
            trust_roots=self._trust.roots(*services),
            other_certs=self._evidence["certificates"],
            crls=self._evidence["crls"],
            ocsps=self._evidence["ocsps"],
            moment=moment or self._moment,
            # Evidence from after a time stamp says more than none
            retroactive_revinfo=moment is not None,
            revocation_mode="soft-fail",
            algorithm_usage_policy=algorithms,
        )

    def _find(self, code, signature, **values):
        self._report.find(code, signer=signature.signer, **values)

    # === Evidence in the file === #

    def _read_evidence(self):
        evidence = {"certificates": [], "crls": [], "ocsps": []}
        if "/DSS" in self._reader.root:
            try:
                store = DocumentSecurityStore.read_dss(self._reader)
                context = store.as_validation_context({"trust_roots": []})
                evidence["certificates"] = list(store.load_certs())
                evidence["crls"] = list(context.crls)
                evidence["ocsps"] = list(context.ocsps)
            except Exception:
                self._report.find(codes.DOUBTFUL, signer="", detail="/DSS")
        for found in (*self._signatures, *self._stamps):
            if not found.embedded:
                continue
            with contextlib.suppress(Exception):
                # What one brings helps to check the others (EN 319 102-1, 5.2.6)
                evidence["certificates"] += found.embedded.other_embedded_certs
            with contextlib.suppress(Exception):
                info = retrieve_adobe_revocation_info(found.embedded.signer_info)
                ocsps, crls = info
                evidence["ocsps"] += ocsps
                evidence["crls"] += crls
        return evidence


def _is_altered(embedded):
    """Tell if the file isn't what the signature says that it signs."""
    try:
        embedded.compute_digest()
        [digest] = find_cms_attribute(
            embedded.signer_info["signed_attrs"], "message_digest"
        )
        return digest.native != embedded.external_digest
    except Exception:
        return False


def _covers(embedded):
    """Tell if all but the signature itself is signed, from the file's first byte on.

    pyHanko adds up the lengths of the two ranges; where they overlap, as much is left
    out elsewhere.
    """
    if len(embedded.byte_range) != 4:
        return False
    start, length, restart, _rest = embedded.byte_range
    stream = embedded.reader.stream
    stream.seek(length)
    gap = stream.read(max(restart - length, 0))
    return (
        start == 0
        and gap[:1] == b"<"
        and gap[-1:] == b">"
        and gap[1:-1].lower() == embedded.pkcs7_content.hex().encode()
    )
