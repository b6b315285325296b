import {AutentiSource} from "@autenti_esign/autenti_send_form";
import {radioField} from "@web/views/fields/radio/radio_field";
import {registry} from "@web/core/registry";

/** Offers what Odoo makes only where there is a report that makes it, besides. */
export class DocumentSourceField extends AutentiSource {
    get items() {
        const {has_report: hasReport} = this.props.record.data;
        return super.items.filter(([source]) => hasReport || source !== "report");
    }
}

registry.category("fields").add("autenti_document_source", {
    ...radioField,
    component: DocumentSourceField,
    fieldDependencies: [{name: "has_report", type: "boolean"}],
});
