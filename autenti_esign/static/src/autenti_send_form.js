import {RadioField, radioField} from "@web/views/fields/radio/radio_field";
import {FormController} from "@web/views/form/form_controller";
import {FormRenderer} from "@web/views/form/form_renderer";
import {formView} from "@web/views/form/form_view";
import {onMounted} from "@odoo/owl";
import {registry} from "@web/core/registry";

/** The send dialog: what is typed at once goes into the title, the first input. */
export class AutentiSendRenderer extends FormRenderer {
    setup() {
        super.setup();
        onMounted(() => {
            if (this.shouldAutoFocus) {
                document.querySelector(".o_autenti_send [name=name] input")?.focus();
            }
        });
    }
}

export class AutentiSendController extends FormController {
    async beforeExecuteActionButton(clickParams) {
        const proceeds = await super.beforeExecuteActionButton(...arguments);
        if (clickParams.name === "action_send") {
            // The viewer has told by now what it shows, if it shows anything
            const {shownSha256 = false} = this.model;
            clickParams.buttonContext = {autenti_shown_sha256: shownSha256};
        }
        return proceeds;
    }
}

/** What the document is: the file that was sent can only be sent again. */
export class AutentiSource extends RadioField {
    get items() {
        const {replaces_id: replaced} = this.props.record.data;
        return super.items.filter(([source]) => source !== "sent" || replaced);
    }
}

registry.category("fields").add("autenti_source", {
    ...radioField,
    component: AutentiSource,
    supportedTypes: ["selection"],
});
registry.category("views").add("autenti_send_form", {
    ...formView,
    Controller: AutentiSendController,
    Renderer: AutentiSendRenderer,
});
