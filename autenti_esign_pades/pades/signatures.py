# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each signature of a file: intact, of what, by whom, when, and trusted by whom."""

import datetime

from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    SigFieldCreationRule,
    SigFieldModificationRule,
)
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    KeyUsageConstraints,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.ltv import retrieve_adobe_revocation_info
from pyhanko_certvalidator import ValidationContext

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
# pyHanko's problems that mean: nobody who is trusted stands behind the certificate
NO_CHAIN = {"NO_CERTIFICATE_CHAIN_FOUND", "CERTIFICATE_CHAIN_GENERAL_FAILURE"}


class RecordingPolicy(StandardDiffPolicy):
    """Allows signatures, time stamps and evidence to be added, and tells by which
    revision. Filling in other form fields is no part of signing a contract.
    """

    def __init__(self):
        form_rule = FormUpdatingRule(
            [SigFieldCreationRule(), SigFieldModificationRule()]
        )
        super().__init__(DEFAULT_DIFF_POLICY.global_rules, form_rule)
        self.changes = []

    def apply(self, old, new, field_mdp_spec=None, doc_mdp=None):
        number = new.revision + 1
        try:
            result = super().apply(old, new, field_mdp_spec, doc_mdp)
        except SuspiciousModification as error:
            self.changes.append(codes.Change(number, "other", str(error)))
            raise
        except Exception as error:  # a broken file breaks its reader in any way
            self.changes.append(codes.Change(number, "other", str(error)))
            raise SuspiciousModification(str(error)) from error
        kind = KINDS.get(result.modification_level, "other")
        fields = ", ".join(sorted(result.changed_form_fields))
        self.changes.append(codes.Change(number, kind, fields))
        return result


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
        self._evidence = self._read_evidence()
        # (revision, time) of the trusted document time stamps
        self._timestamps = []

    async def examine(self):
        for name, _value, _field in enumerate_sig_fields(
            self._reader, filled_status=False
        ):
            self._report.find(codes.EMPTY_FIELD, field=name)
        for stamp in self._reader.embedded_timestamp_signatures:
            await self._examine_timestamp(stamp)
        embedded = self._reader.embedded_regular_signatures
        if not embedded:
            self._report.find(codes.NO_SIGNATURE)
        for signature in embedded:
            self._report.signatures.append(
                await self._examine_signature(signature, signature is embedded[-1])
            )

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

    async def _examine_signature(self, embedded, is_last):
        result = codes.Signature(
            field=embedded.field_name,
            revision=embedded.signed_revision + 1,
            signer=embedded.field_name,
        )
        policy = RecordingPolicy()
        try:
            self._describe(embedded, result)
            status = await async_validate_pdf_signature(
                embedded,
                self._context(CA_QC),
                ts_validation_context=self._context(QTST),
                diff_policy=policy,
                key_usage_settings=KEY_USAGE,
            )
        except Exception as error:
            self._find(codes.BROKEN, result, detail=str(error))
            return result
        result.changes = policy.changes
        result.intact = status.intact and status.valid
        if not result.intact:
            self._find(codes.BROKEN, result, detail="")
            return result
        self._check_coverage(embedded, status, is_last, result)
        self._take_times(embedded, status, result)
        await self._check_trust(embedded, status, result)
        return result

    def _describe(self, embedded, result):
        certificate = embedded.signer_cert
        result.signer = certificates.get_name(certificate)
        result.organisation = certificates.get_organisation(certificate)
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
        # After the last signature nobody vouches for what is added to be seen
        allowed = {"archive"} if is_last else {"archive", "form"}
        bad = next((c for c in result.changes if c.kind not in allowed), None)
        if bad or not status.docmdp_ok:
            bad = bad or codes.Change(result.revision + 1, "other")
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
            later = await async_validate_pdf_signature(
                embedded,
                self._context(CA_QC, signed_at),
                ts_validation_context=self._context(QTST),
                key_usage_settings=KEY_USAGE,
                skip_diff=True,
            )
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
            self._name_problem(status, result)

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

    def _name_problem(self, status, result):
        """Say why a certificate isn't trusted."""
        problem = getattr(status.trust_problem_indic, "name", "")
        if problem in NO_CHAIN:
            result.trust = codes.UNTRUSTED
            self._find(codes.UNTRUSTED, result, issuer=result.issuer)
        elif status.signing_cert.not_valid_after < self._moment:
            result.trust = codes.EXPIRED
            self._find(codes.EXPIRED, result, date=result.valid_until)
        else:
            result.trust = codes.DOUBTFUL
            self._find(codes.DOUBTFUL, result, detail=problem)

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

    def _context(self, service, moment=None):
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
        for signature in self._reader.embedded_regular_signatures:
            try:
                ocsps, crls = retrieve_adobe_revocation_info(signature.signer_info)
            except Exception:
                continue
            evidence["ocsps"] += ocsps
            evidence["crls"] += crls
        return evidence


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
