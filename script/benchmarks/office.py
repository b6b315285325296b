# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A company with all addons that sends contracts and has them signed."""

from contextlib import contextmanager

from workspace import WorkspaceError
from workspace.databases import ADDONS
from workspace.servers import odoo
from workspace.stage import Stage

from odoo.fields import Command
from odoo.tools import SQL

from .environment import emulated, environment

# Of two jobs only one can send, and the others have no part in contracts
LEFT_OUT = {
    "autenti_esign_contract",
    "autenti_esign_first_contact",
    "autenti_esign_queue_job",
}
INSTALLED = tuple(addon for addon in ADDONS if addon not in LEFT_OUT)
SELLER = "seller"  # login and password
RUNS = 20  # of the job until something has happened


@contextmanager
def office(name):
    """Give an `Office` with a database, an Odoo and an emulator of its own."""
    with (
        emulated(f"bench_{name}", addons=INSTALLED) as (database, autenti, _state),
        odoo(database, None, "--max-cron-threads=0") as server,
        environment(database) as env,
    ):
        yield Office(Stage(server, autenti, database), env)


class Office:
    """A salesperson who signs, and the jobs, which run here when they are called."""

    def __init__(self, it, env):
        self.it = it
        self.env = env
        self.seller = self._create_seller()
        it.connect_main_company()
        it.trust_authority()
        # The server has written what is cached here
        env.registry.clear_all_caches()

    def _create_seller(self):
        group = self.env.ref("autenti_esign.autenti_esign_group_user")
        seller = self.env["res.users"].create(
            {
                "name": "Ewa Lis",
                "login": SELLER,
                "password": SELLER,
                "email": "ewa.lis@firma.example",
                "autenti_first_name": "Ewa",
                "autenti_last_name": "Lis",
                "group_ids": [Command.link(group.id)],
            }
        )
        self.env.cr.commit()
        return seller

    def create_contracts(self, codes, **values):
        """Return new contracts of the salesperson, each with a client of its own."""
        contracts = self.env["agreement"].with_user(self.seller)
        for code in codes:
            client = self.env["res.partner"].create(
                {"name": "Jan Kowalski", "email": f"jan{code}@client.example"}
            )
            contracts |= contracts.create(
                {"name": "Contract", "code": code, "partner_id": client.id, **values}
            )
        self.env.cr.commit()
        return contracts.sudo()

    def send(self, contracts):
        """Send contracts as the salesperson does, and return their requests."""
        user = self.it.log_in(SELLER)
        ids = [self.it.submit(user, contract.id) for contract in contracts]
        self.env.cr.rollback()
        requests = self.env["autenti.request"].browse(ids)
        self._run_until(lambda: set(requests.mapped("state")) == {"sent"}, requests)
        return requests

    def sign_new(self, codes, **values):
        """Send new contracts and have all sign; return the requests.

        The signed files are fetched and validated.
        """
        requests = self.send(self.create_contracts(codes, **values))
        acted = self.env["autenti.signer"]
        while waiting := requests.next_signer_id:
            # Odoo may not know of the last signature yet
            for signer in waiting - acted:
                self.it.act_next(signer.request_id.id, "sign")
            acted |= waiting
            self.run_jobs(requests)
        self._run_until(lambda: set(requests.mapped("state")) == {"signed"}, requests)
        return requests

    def run_jobs(self, requests):
        """Run the jobs, for which these requests are due."""
        self.make_due(requests)
        self.env["autenti.request"]._cron_process()
        self.env["autenti.request"]._cron_validate()
        self.env.cr.commit()
        self.env.invalidate_all()

    def make_due(self, requests):
        query = SQL(
            "UPDATE autenti_request SET calls_paid_until = NULL, look_count = 0, "
            "next_check_at = now() AT TIME ZONE 'UTC' WHERE id IN %s",
            requests._ids,
        )
        self.env.cr.execute(query)
        self.env.cr.commit()
        self.env.invalidate_all()

    def vacuum(self, *tables):
        """Leave nothing of what was changed, as Odoo's and PostgreSQL's jobs do."""
        self.env.flush_all()
        self.env.cr.commit()
        self.env.cr._cnx.autocommit = True
        if tables:
            names = SQL(", ").join(map(SQL.identifier, tables))
            self.env.cr.execute(SQL("VACUUM FULL %s", names))
        else:
            self.env.cr.execute("VACUUM ANALYZE")
        self.env.cr._cnx.autocommit = False

    def _run_until(self, is_done, requests):
        for _run in range(RUNS):
            self.run_jobs(requests)
            if is_done():
                return
        raise WorkspaceError(f"in vain: {requests.mapped('last_error')}")
