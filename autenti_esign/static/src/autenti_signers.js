import {Component, xml} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const TICKS = {
    waiting: {icon: "fa-circle-o text-muted", label: _t("not their turn yet")},
    turn: {icon: "fa-pencil text-info", label: _t("their turn")},
    signed: {icon: "fa-check-circle text-success", label: _t("signed")},
    approved: {icon: "fa-check-circle-o text-success", label: _t("approved")},
    rejected: {icon: "fa-times-circle text-danger", label: _t("declined")},
    obsolete: {icon: "fa-minus-circle text-muted", label: _t("no longer needed")},
    failed: {icon: "fa-exclamation-circle text-danger", label: _t("failed")},
};

/** Shows one tick per signer, in their order; the names are read out, or pointed at. */
export class AutentiSigners extends Component {
    static template = xml`
        <ul class="list-inline mb-0 d-inline-flex gap-1" t-att-aria-label="title">
            <li t-foreach="signers" t-as="signer" t-key="signer.id" t-att-title="signer.text">
                <i t-attf-class="fa fa-fw fa-lg {{signer.icon}}" aria-hidden="true"/>
                <span class="visually-hidden" t-out="signer.text"/>
            </li>
        </ul>`;
    static props = {...standardFieldProps};

    get title() {
        return _t("Signers");
    }

    get signers() {
        const {data: request} = this.props.record;
        const isOpen = ["to_send", "sent"].includes(request.state);
        // Who only gets a copy has no status
        return request[this.props.name].records
            .filter(({data}) => data.status in TICKS)
            .map(({id, data}) => {
                const isWaiting = ["waiting", "turn"].includes(data.status);
                const status = isWaiting && !isOpen ? "obsolete" : data.status;
                const {icon, label} = TICKS[status];
                return {id, icon, text: `${data.name}: ${label}`};
            });
    }
}

registry.category("fields").add("autenti_signers", {
    component: AutentiSigners,
    displayName: _t("Signers' ticks"),
    supportedTypes: ["one2many"],
    fieldDependencies: [{name: "state", type: "selection"}],
    relatedFields: [
        {name: "name", type: "char"},
        {name: "status", type: "selection"},
    ],
});
