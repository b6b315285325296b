import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Lets the client sign at the table. The link lives in this window and nowhere else. */
export class AutentiInPerson extends Component {
    static template = "autenti_esign.InPerson";
    static components = {Dialog};
    static props = {
        close: Function,
        name: String,
        url: String,
        qr_code: String,
    };

    get title() {
        return _t("%s signs here", this.props.name);
    }

    get imageLabel() {
        return _t("QR code with the signing link of %s", this.props.name);
    }
}

async function openInPerson(env, action) {
    const link = await env.services.orm.call(
        "autenti.request",
        "action_fetch_client_link",
        [[action.params.request_id]]
    );
    env.services.dialog.add(AutentiInPerson, link);
}

registry.category("actions").add("autenti_esign.in_person", openInPerson);
