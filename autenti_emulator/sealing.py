# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From source files to signed ones: what each signature and the completion add."""

import asyncio
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import PurePath

from . import render, signing
from .card import Line, draw_card
from .domain import File, Participant, Process, digest, isoformat
from .facts import Purpose, Role, SignatureType, Status
from .schemas import VisualisationConstraint
from .settings import Settings
from .store import Contents

CARD_NAME, ARCHIVE_NAME, ZIP_TYPE = (
    "signature-card.pdf",
    "documents.zip",
    "application/zip",
)


class Sealer:
    """Signs the files of processes, and keeps their bytes."""

    def __init__(self, contents: Contents, clock: Callable[[], float]) -> None:
        self._contents = contents
        self._clock = clock
        self.authority = self._load_authority()

    def _load_authority(self) -> signing.Authority:
        pem = self._contents.get("authority")
        if pem:
            return signing.Authority.load(pem)
        authority = signing.Authority.create()
        self._contents.put("authority", authority.dump())
        return authority

    def content(self, file: File) -> bytes:
        data = self._contents.get(file.id)
        assert data is not None, "a file without bytes"
        return data

    async def sign(
        self, process: Process, participant: Participant, settings: Settings
    ) -> dict[str, bytes]:
        """Every document with a signer's signature more, by its first source's id.

        The platform's seals come before the first and after the last one.
        """
        if participant.role is not Role.SIGNER:
            return {}
        title = process.title or ""
        manual = is_manual(process.constraints)
        lines = [line_of(signer) for signer in process.signers()]
        index = process.signers().index(participant)
        line = line_of(participant, self._clock())

        is_last = process.is_last(participant)
        with_chain = settings.intermediates == "all"

        def open_with_seal(source: bytes) -> bytes:
            prepared = signing.prepare(
                source, title, process.id, lines, manual, seals=True
            )
            return signing.seal(
                prepared,
                signing.OPENING_SEAL,
                self.authority,
                with_chain=settings.intermediates != "none",
            )

        def close_with_seal(pdf: bytes) -> bytes:
            sealed = signing.seal(
                pdf,
                signing.CLOSING_SEAL,
                self.authority,
                lock=True,
                with_chain=with_chain,
            )
            if not settings.evidence:
                return sealed
            return signing.add_evidence(sealed, self.authority)

        def add_signature(previous: bytes | None, source: bytes) -> bytes:
            signed = signing.sign(
                previous or open_with_seal(source),
                index,
                line,
                self.authority,
                manual,
                lock=True,
                with_chain=with_chain,
            )
            return close_with_seal(signed) if is_last else signed

        signed = {}
        for sources in process.documents():
            partial = partial_of(process, sources[0])
            signed[sources[0].id] = await asyncio.to_thread(
                add_signature,
                self.content(partial) if partial else None,
                await self._merge(sources),
            )
        return signed

    async def _merge(self, sources: Sequence[File]) -> bytes:
        contents = [self.content(source) for source in sources]
        return contents[0] if len(contents) == 1 else await render.merge(contents)

    def keep(
        self,
        process: Process,
        signed: Mapping[str, bytes],
        visible_from: float,
        settings: Settings,
    ) -> None:
        """Add what :meth:`sign` made, and to a completed process what completion makes.

        The files of completion can be seen from that moment on.
        """
        if process.status is Status.COMPLETED:
            for file in self._final_files(process, signed, settings):
                file.visible_from = visible_from
        else:
            self._keep_partial(process, signed)

    def _keep_partial(self, process: Process, signed: Mapping[str, bytes]) -> None:
        for sources in process.documents():
            source = sources[0]
            partial = partial_of(process, source)
            if source.id not in signed:
                continue
            if not partial:
                purpose = Purpose.PARTIALLY_SIGNED
                name = signed_name(source)
                self._add(process, purpose, name, signed[source.id], sources)
                continue
            partial.size = len(signed[source.id])
            partial.sha256 = digest(signed[source.id])
            partial.modified_at = self._clock()
            self._contents.put(partial.id, signed[source.id])

    def _final_files(
        self, process: Process, signed: Mapping[str, bytes], settings: Settings
    ) -> list[File]:
        documents = list(enumerate(process.documents(), start=1))
        if settings.signed_file_order == "reversed":
            documents.reverse()
        renamed = settings.signed_file_names == "renamed"
        files = [
            self._add(
                process,
                Purpose.SIGNED,
                f"document-{number}.pdf" if renamed else signed_name(sources[0]),
                signed[sources[0].id],
                sources,
            )
            for number, sources in documents
        ]
        lines = [line_of(signer, signer.acted_at) for signer in process.signers()]
        card = draw_card(process.title or "", process.id, lines, stamped=True)
        output = BytesIO()
        with zipfile.ZipFile(output, "w") as archive:
            for number, (source, *_more) in enumerate(process.documents(), start=1):
                archive.writestr(f"{number}-{signed_name(source)}", signed[source.id])
            archive.writestr(CARD_NAME, card)
        files.append(self._add(process, Purpose.CARD, CARD_NAME, card))
        zipped = self._add(process, Purpose.ARCHIVE, ARCHIVE_NAME, output.getvalue())
        zipped.mime_type = ZIP_TYPE
        return [*files, zipped]

    def _add(
        self,
        process: Process,
        purpose: Purpose,
        filename: str,
        content: bytes,
        sources: Sequence[File] = (),
    ) -> File:
        file = File(
            filename=filename,
            purpose=purpose,
            size=len(content),
            sha256=digest(content),
            modified_at=self._clock(),
            source_id=sources[0].id if sources else None,
            merged_ids=[source.id for source in sources] if len(sources) > 1 else [],
        )
        process.files.append(file)
        self._contents.put(file.id, content)
        return file


def signed_name(source: File) -> str:
    """What is made from a source is called like it (GUESS), and is a PDF."""
    if source.original_mime_type:
        return PurePath(source.filename).stem + ".pdf"
    return source.filename


def partial_of(process: Process, source: File) -> File | None:
    """What signing has made of a source file so far, in a process that goes on."""
    return next((file for file in process.files if file.source_id == source.id), None)


def line_of(signer: Participant, moment: float | None = None) -> Line:
    """A signer as the signature card shows them."""
    organisation, capacity = signer.capacity
    return Line(
        name=signer.full_name,
        email=signer.email,
        organisation=organisation,
        capacity=capacity,
        level=signer.source.signature_type or SignatureType.BASIC,
        moment=isoformat(moment)[:19].replace("T", " ") + " UTC" if moment else "",
    )


def is_manual(constraints: Sequence[VisualisationConstraint]) -> bool:
    return any(
        item.attributes.visualisationId == "VISUALISATION:MANUAL"
        for item in constraints
    )
