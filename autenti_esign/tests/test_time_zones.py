# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from freezegun import freeze_time

from .common import AutentiCommon

# In Warsaw it is the next day already
LATE = "2030-06-14 22:30:00"


class TestTimeZones(AutentiCommon):
    """Which day it is near midnight, for those who entered no time zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.seller + cls.env.user).tz = False
        cls.env = cls.env(context={**cls.env.context, "tz": False})
        cls.mine = cls.agreement.with_user(cls.seller)

    @freeze_time(LATE)
    def test_a_contract_bears_the_day_that_it_is_in_poland(self):
        self.assertEqual(self.mine._get_document_date(), date(2030, 6, 15))

    @freeze_time(LATE)
    def test_a_company_elsewhere_has_its_own_day(self):
        self.company.partner_id.tz = "America/New_York"
        self.assertEqual(self.mine._get_document_date(), date(2030, 6, 14))

    @freeze_time(LATE)
    def test_the_users_own_time_zone_comes_first(self):
        self.company.partner_id.tz = "America/New_York"
        self.seller.tz = "Asia/Tokyo"
        self.assertEqual(self.mine._get_document_date(), date(2030, 6, 15))

    @freeze_time(LATE)
    def test_the_signature_date_is_the_day_in_poland(self):
        request = self.send()
        self.sign_by_all(request)
        self.assertEqual(self.agreement.signature_date, date(2030, 6, 15))

    @freeze_time(LATE)
    def test_the_last_day_to_sign_ends_at_midnight_in_poland(self):
        request = self.send(expiry_date=date(2030, 6, 20))
        self.assertEqual(request.expires_at, datetime(2030, 6, 20, 21, 59, 59))

    @freeze_time(LATE)
    def test_a_representative_acts_until_the_end_of_the_day_in_poland(self):
        self.board_connection.representative_valid_until = date(2030, 6, 14)
        identity = self.board_connection._get_company_identity(self.env.user)
        problem = self.board_connection._find_validity_problem(identity)
        self.assertIn("until", problem)
