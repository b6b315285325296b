import {registry} from "@web/core/registry";

// Odoo loads its views anew after a rule was made, and prints: a busy server takes long
const WAITING_TIME = 60000;

const patiently = (steps) => steps.map((step) => ({timeout: WAITING_TIME, ...step}));

/** The manager chooses which records; what else there is to choose is proposed. */
const makeRule = (records, client, more = []) => [
    {
        content: "Make a rule",
        trigger: ".o_list_button_add",
        run: "click",
    },
    {
        content: "Choose which records can be signed",
        trigger: "[name=source_model] input",
        run: `edit ${records}`,
    },
    {
        content: "There is one kind of that name",
        trigger: `.o_select_menu_item:contains(/^${records}$/)`,
        run: "click",
    },
    {
        content: "See where the client is taken from",
        trigger: `[name=partner_path]:contains(${client})`,
    },
    ...more,
    {
        content: "Save it",
        trigger: ".o_form_button_save",
        run: "click",
    },
    {
        content: "See that nothing is wrong with it",
        trigger: ".o_form_saved:not(:has(.alert-warning))",
    },
];

/** Somebody sends a record of an app that knows nothing of signing. */
const send = (name) => [
    {
        content: "Open the record",
        trigger: `.o_data_row .o_data_cell:contains(${name})`,
        run: "click",
    },
    {
        content: "Open the menu of its form",
        trigger: ".o_form_view .o_cp_action_menus button:has(.fa-cog)",
        run: "click",
    },
    {
        content: "Choose to send it",
        trigger: ".o-dropdown-item:contains(Send with Autenti)",
        run: "click",
    },
    {
        content: "Send what is shown, to whom it is proposed",
        trigger: ".modal:has(iframe.o_pdfview_iframe) button[name=action_send]",
        run: "click",
    },
    {
        content: "See in the record that it is on its way",
        trigger: "button[name=action_autenti_source_requests]",
    },
];

const tours = registry.category("web_tour.tours");
tours.add("autenti_rule_for_orders", {
    steps: () => patiently(makeRule("Purchase Order", "Vendor")),
});
tours.add("autenti_rule_for_employees", {
    steps: () =>
        patiently(
            makeRule("Employee", "Work Contact", [
                {
                    content: "What is signed was attached",
                    trigger: "[name=source] label:contains(An attached PDF)",
                    run: "click",
                },
            ])
        ),
});
tours.add("autenti_send_order", {steps: () => patiently(send("Klient S.A."))});
tours.add("autenti_send_employee", {steps: () => patiently(send("Ola Kot"))});
