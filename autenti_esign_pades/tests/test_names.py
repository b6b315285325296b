# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from cryptography.x509.oid import NameOID

from autenti_emulator import signing

from ..pades import report as codes
from .common import PadesCommon


class TestNames(PadesCommon):
    def setUp(self):
        super().setUp()
        self.trust()
        make_name = signing._name

        def name_person(parts):
            """As certificates of persons have it (ETSI EN 319 412-2, 4.2.4)."""
            given, _space, surname = parts[NameOID.COMMON_NAME].partition(" ")
            person = {NameOID.GIVEN_NAME: given, NameOID.SURNAME: surname}
            return make_name({**parts, **person})

        naming = patch.object(signing, "_name", name_person)
        self.startPatcher(naming)

    def test_who_signs_in_place_of_the_one_who_was_asked_is_told(self):
        request = self.receive(names=("Jan Kowalski", "Ewa Obca"))
        heard = self.listen()
        self.run_validation()
        self.assertEqual(request.validation_state, codes.AMBER)
        self.assertEqual(request.state, "signed")
        sentence = "Ewa Obca has signed, but Anna Nowak was asked to sign."
        self.assertEqual(request.validation_sentence, sentence)
        self.assertIn((request, "note", sentence), heard)

    def test_accents_order_and_further_names_are_no_other_person(self):
        request = self.receive(names=("KOWALSKI Maria Jan", "Ánna Nowak-Zięba"))
        self.run_validation()
        self.assertEqual(request.validation_state, codes.GREEN)
