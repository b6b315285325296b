# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each signature of a file: intact, of what, by whom, when, and trusted by whom."""

import contextlib
import datetime
import re
from dataclasses import dataclass

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.commons import compare_dicts
from pyhanko.sign.diff_analysis.constants import VALUE_UPDATE_KEYS
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    SigFieldCreationRule,
    SigFieldModificationRule,
)
from pyhanko.sign.diff_analysis.rules_api import (
    Context,
    ReferenceUpdate,
    WhitelistRule,
)
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    enumerate_sig_fields,
)
from pyhanko.sign.general import byte_range_digest
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    KeyUsageConstraints,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import DisallowedAlgorithmError
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from . import certificate as certificates
from . import report as codes
from .pages import is_visible, resolve
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
# What a widget is reached by: the page, the form, and the tags of the file
WIDGET_LISTS = {"/Annots", "/Fields", "/Kids"}
# Kinds of signatures that are CMS (ISO 32000-2, table 260)
CMS_KINDS = {
    "/adbe.pkcs7.detached",
    "/adbe.pkcs7.sha1",
    "/ETSI.CAdES.detached",
    "/ETSI.RFC3161",
}
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

    A field that is signed already, or stays empty, is left as it is. What a signature
    brings is new: pyHanko lets it be put in the place of any object that is there.
    """

    def __init__(self):
        super().__init__(value_update_keys=VALUE_UPDATE_KEYS | SIGNING_KEYS)

    def check_form_field(self, fq_name, spec, context):
        old, new = spec.old_field, spec.new_field
        is_signed_now = new and "/V" in new and not (old and "/V" in old)
        if is_signed_now and spec.field_type == "/Sig":
            _check_value(new, context)
        yield from super().check_form_field(fq_name, spec, context)
        if not is_signed_now or not old:
            return
        _check_page(new, context)
        if "/Lock" in old:
            compare_dicts(old, new, (old.keys() | new.keys()) - {"/Lock"})
        for path in context.old._get_usages_of_ref(spec.new_field_ref):
            if _leads_to_widget(path.path):
                usage = Context.from_absolute(context.old, path)
                update = FormUpdate(
                    updated_ref=spec.new_field_ref,
                    field_name=fq_name,
                    context_checked=usage,
                )
                yield ModificationLevel.FORM_FILLING, update
        for key in SIGNING_KEYS - {"/P"} & new.keys():
            for reference in context.new.collect_dependencies(
                new.raw_get(key), since_revision=context.old.revision + 1
            ):
                update = FormUpdate(updated_ref=reference, field_name=fq_name)
                yield ModificationLevel.FORM_FILLING, update


def _check_value(field, context):
    """See that a signature and its parameters take no other object's place."""
    added = [field.raw_get("/V")]
    signature = resolve(field["/V"])
    if isinstance(signature, generic.DictionaryObject):
        references = map(resolve, list(resolve(signature.get("/Reference")) or ()))
        added += [
            one.raw_get("/TransformParams")
            for one in references
            if "/TransformParams" in one
        ]
    changed = context.new.explicit_refs_in_revision()
    for value in added:
        if (
            isinstance(value, generic.IndirectObject)
            and value.reference in changed
            and _exists(value.reference, context.old)
        ):
            raise SuspiciousModification(f"a signature takes the place of {value}")


def _check_page(field, context):
    page = field.raw_get("/P") if "/P" in field else None
    if page is None:
        return
    if (
        not isinstance(page, generic.IndirectObject)
        or not _exists(page.reference, context.old)
        or context.old(page.reference).get("/Type") != "/Page"
    ):
        raise SuspiciousModification("/P is no page")


def _leads_to_widget(path):
    """Tell if a widget is used as one there, and not as something else too."""
    *_before, key, last = path
    return last == "/Obj" or (key in WIDGET_LISTS and isinstance(last, int))


def _exists(reference, document):
    revisions = document.reader.xrefs
    return revisions.get_historical_ref(reference, document.revision) is not None


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
        permission, lock = _read_limits(embedded)
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
        try:
            old, new = map(reader.get_historical_resolver, (revision - 1, revision))
            _check_promises(old, new)
            result = self.apply(
                old, new, doc_mdp=MDPPerm.FILL_FORMS if is_certified else None
            )
            kind = KINDS.get(result.modification_level, "other")
            if kind == "form" and _only_stamps(old, new, result.changed_form_fields):
                kind = "archive"
        except Exception as error:  # a broken file breaks its reader in any way
            return "other", (), str(error) or type(error).__name__
        return kind, result.changed_form_fields, ""


def _read_limits(embedded):
    """Return what a signature lets be changed later; what isn't understood, least."""
    try:
        return embedded.docmdp_level, embedded.fieldmdp
    except Exception:
        return MDPPerm.NO_CHANGES, FieldMDPSpec(FieldMDPAction.ALL)


def _check_promises(old, new):
    """See that nothing appears where a document has referred to nothing.

    pyHanko takes such an object for a new one, which it allows.
    """
    old._load_reverse_xref_cache()
    for reference in new.explicit_refs_in_revision():
        if old._get_usages_of_ref(reference) and not _exists(reference, old):
            raise SuspiciousModification(f"{reference} was referred to before")


def _only_stamps(old, new, names):
    """Tell if invisible document time stamps are all that a revision adds.

    They may be drawn with whatever isn't seen. What the form's defaults draw is
    compared with the rest of the content.
    """
    before = {name for name, _value, _field in enumerate_sig_fields(old, True)}
    stamps = {
        name
        for name, _value, field in enumerate_sig_fields(new, True)
        if name not in before and _is_stamp(resolve(field))
    }
    return bool(stamps) and names <= stamps


def _is_stamp(field):
    value = resolve(field["/V"])
    widgets = list(resolve(field.get("/Kids")) or [field])
    return (
        isinstance(value, generic.DictionaryObject)
        and value.get("/Type") == "/DocTimeStamp"
        and not any(map(is_visible, widgets))
    )


@dataclass
class Found:
    """A signature in a field, readable or not.

    :ivar value: what is in the field
    :ivar key: the same for the same signature in several fields
    """

    name: str
    revision: int
    value: object
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
        for name, value, field in enumerate_sig_fields(self._reader, True):
            found = self._read_signature(name, resolve(value), field)
            if found.key in seen:
                signer = seen[found.key].name
                self._report.find(codes.BORROWED, signer=signer, field=name)
                continue
            seen[found.key] = found
            (stamps if found.is_stamp else signatures).append(found)
        for each in (signatures, stamps):
            each.sort(key=lambda found: found.revision)
        return signatures, stamps

    def _read_signature(self, name, value, field):
        try:
            embedded = EmbeddedSignature(self._reader, field, name)
            key = embedded.signer_info["signature"].native
        except Exception as error:
            reference = _get_value_reference(field)
            revision = self._reader.xrefs.get_last_change(reference)
            return Found(name, revision, value, reference, error=error)
        return Found(name, embedded.signed_revision, value, key, embedded)

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
        """Examine a signature.

        What pyHanko can't do is no fault of the signature, unless there is none or its
        digest shows that the file has changed.
        """
        result = codes.Signature(
            field=found.name, revision=found.revision + 1, signer=found.name
        )
        embedded = found.embedded
        if not embedded:
            if _is_unknown(found):
                self._leave_unchecked(found.error, result)
            else:
                self._find(codes.BROKEN, result)
            return result
        try:
            self._describe(embedded, result)
            status = await self._validate(embedded, result)
            result.intact = status.intact and status.valid
        except Exception as error:
            if not _is_altered(embedded):
                self._leave_unchecked(error, result)
                self._check_coverage(embedded, is_last, result)
                return result
        if not result.intact:
            self._find(codes.BROKEN, result)
            return result
        self._check_coverage(embedded, is_last, result)
        try:
            self._take_times(embedded, status, result)
            await self._check_trust(embedded, status, result)
        except Exception as error:
            result.trust = codes.DOUBTFUL
            self._find(codes.DOUBTFUL, result, detail=_explain(error))
        return result

    async def _validate(self, embedded, result):
        """Have pyHanko validate a signature, by outdated algorithms too.

        pyHanko 0.34 raises where it allows none of them, 0.38 says so in its status.
        """
        with contextlib.suppress(DisallowedAlgorithmError):
            status = await self._ask_library(embedded)
            if _get_problem(status) != "CRYPTO_CONSTRAINTS_FAILURE":
                return status
        status = await self._ask_library(embedded, algorithms=ANY_ALGORITHM)
        key = embedded.signer_cert.public_key
        detail = f"{embedded.md_algorithm}, {key.algorithm} {key.bit_size}"
        self._find(codes.WEAK, result, detail=detail)
        return status

    async def _ask_library(self, embedded, moment=None, algorithms=None):
        return await async_validate_pdf_signature(
            embedded,
            self._context(CA_QC, moment, algorithms),
            ts_validation_context=self._context(QTST),
            key_usage_settings=KEY_USAGE,
            algorithm_policy=algorithms,
            skip_diff=True,
        )

    def _leave_unchecked(self, error, result):
        result.intact = None
        self._find(codes.UNCHECKED, result, detail=_explain(error))

    def _describe(self, embedded, result):
        certificate = embedded.signer_cert
        result.signer = certificates.get_name(certificate)
        result.organisation = certificates.get_organisation(certificate)
        result.person = certificates.get_person(certificate)
        result.is_seal = certificates.is_organisation(certificate)
        result.is_platform = result.is_seal and bool(PLATFORM_SEAL.search(result.field))
        result.issuer = certificates.get_issuer(certificate)
        result.serial = f"{certificate.serial_number:x}"
        result.certificate_sha256 = certificate.sha256.hex()
        result.valid_from = certificate.not_valid_before.isoformat()
        result.valid_until = certificate.not_valid_after.isoformat()
        result.level = certificates.get_level(certificate)
        claimed = embedded.self_reported_timestamp
        result.claimed_time = claimed.isoformat() if claimed else None

    def _check_coverage(self, embedded, is_last, result):
        result.covers = _get_coverage(embedded)
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
        problem = _get_problem(status)
        if problem in NO_CHAIN and not await self._has_chain(embedded):
            result.trust = codes.UNTRUSTED
            address = certificates.get_issuer_address(embedded.signer_cert)
            self._find(codes.UNTRUSTED, result, issuer=result.issuer, address=address)
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
                for info in _read_attribute(
                    found.embedded, "adobe_revocation_info_archival"
                ):
                    evidence["ocsps"] += list(info["ocsp"] or ())
                    evidence["crls"] += list(info["crl"] or ())
        return evidence


def _get_problem(status):
    """Return why pyHanko doesn't trust a signature, in ETSI EN 319 102-1's words."""
    return getattr(status.trust_problem_indic, "name", "")


def _explain(error):
    return str(error) or type(error).__name__


def _get_value_reference(field):
    """Return a reference to a signature, or to its field, which holds it itself."""
    value = resolve(field).raw_get("/V")
    holder = value if isinstance(value, generic.IndirectObject) else field
    return holder.reference


def _is_unknown(found):
    """Tell if it may be a signature, of a kind that isn't known or can't be read here.

    Where the standard wants CMS and there is none, there is no signature.
    """
    signature = found.value
    if not isinstance(signature, generic.DictionaryObject) or not (
        signature.keys() >= {"/ByteRange", "/Contents"}
    ):
        return False
    if resolve(signature.get("/SubFilter")) not in CMS_KINDS:
        return True
    try:
        content = cms.ContentInfo.load(signature["/Contents"].original_bytes)
        return len(content["content"]["signer_infos"]) > 0
    except Exception:
        return False


def _read_attribute(embedded, kind):
    """Return the values of a signed attribute, in asn1crypto's words."""
    return [
        value
        for attribute in embedded.signer_info["signed_attrs"]
        if attribute["type"].native == kind
        for value in attribute["values"]
    ]


def _is_altered(embedded):
    """Tell if the file isn't what the signature says that it signs."""
    try:
        [digest] = [v.native for v in _read_attribute(embedded, "message_digest")]
        content = embedded.signed_data["encap_content_info"]["content"].native
        if content is None:
            return digest != embedded.compute_digest()
        # adbe.pkcs7.sha1 signs the SHA-1 of the file (ISO 32000-1, 12.8.3.3.1)
        stream = embedded.reader.stream
        return content != byte_range_digest(stream, embedded.byte_range, "sha1")[1]
    except Exception:
        return False


def _get_coverage(embedded):
    try:
        coverage = COVERAGE.get(embedded.evaluate_signature_coverage(), "part")
        return coverage if _covers(embedded) else "part"
    except Exception:  # of a hostile byte range
        return "part"


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
