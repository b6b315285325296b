import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("agreement_template_names", {
    steps: () => [
        {
            content: "A field of the contract's client goes by its names",
            trigger:
                "t[t-out='object.partner_id.vat'][data-placeholder-name='Partner: Tax ID']",
        },
        {
            content: "So does one that is formatted",
            trigger: "t[t-out^='format_date'][data-placeholder-name='Start Date']",
        },
        {
            content: "What leads nowhere is shown as it is",
            trigger: "t[t-out='user.name']:not([data-placeholder-name])",
        },
        {
            content: "Write on",
            trigger: ".odoo-editor-editable p",
            run() {
                this.anchor.append(" More.");
                this.anchor.dispatchEvent(new InputEvent("input", {bubbles: true}));
            },
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "See that it is saved",
            trigger: ".o_form_saved",
        },
    ],
});
