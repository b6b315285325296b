import {registry} from "@web/core/registry";

// People sign at Autenti, not in Odoo: meanwhile the open form waits for the news.
// Elsewhere a busy server prints a contract or asks Autenti.
const WAITING_TIME = 60000;

const patiently = (steps) => steps.map((step) => ({timeout: WAITING_TIME, ...step}));

const sendSteps = (contract) => [
    {
        content: "Open the contract from the list",
        trigger: `.o_data_row td:contains(${contract})`,
        run: "click",
    },
    {
        content: "Go to the preview",
        trigger: "button[name=action_autenti_sign]:contains(Sign with Autenti)",
        run: "click",
    },
    {
        content: "See the PDF",
        trigger: ".modal iframe.o_pdfview_iframe",
    },
    {
        content: "See who signs for our company, after the client",
        trigger: ".modal .o_data_row, .modal [name=company_signer_email]",
    },
    {
        content: "Send it",
        trigger: ".modal button[name=action_send]",
        run: "click",
    },
    {
        content: "See that it is out, without loading the form again",
        trigger: ".alert-info:contains(Next to sign):contains(Client)",
    },
    {
        content: "Refresh the status by a click",
        trigger: "button[name=action_autenti_refresh]:contains(Refresh Status)",
        run: "click",
    },
    {
        content: "Read the status",
        trigger: ".o_notification:contains(Next to sign)",
    },
];

const signedSteps = [
    {
        content: "See that all have signed",
        trigger: ".alert-info:contains(All have signed), .alert-success:visible",
    },
    {
        content: "See the signed contract",
        trigger: ".alert-success:contains(Signed with Autenti)",
    },
    {
        content: "There is nothing left to sign",
        trigger: ".o_form_view:not(:has(button[name=action_autenti_sign]))",
    },
    {
        content: "The signed PDF is at hand",
        trigger: "button[name=action_autenti_open_signed]",
    },
];

registry.category("web_tour.tours").add("autenti_esign_individual", {
    url: "/odoo/action-agreement.agreement_action",
    steps: () =>
        patiently([
            ...sendSteps("Umowa o pielęgnację zieleni"),
            {
                content: "It becomes my turn when the client has signed",
                trigger: ".alert-info:contains(It's your turn)",
            },
            {
                content: "Open my signing page at Autenti",
                trigger:
                    "button.btn-primary[name=action_autenti_sign]:contains(Sign Now)",
                run: "click",
            },
            ...signedSteps,
        ]),
});

registry.category("web_tour.tours").add("autenti_esign_representative", {
    url: "/odoo/action-agreement.agreement_action",
    steps: () =>
        patiently([
            ...sendSteps("Umowa dostawy konstrukcji stalowych"),
            {
                content: "The representative is next when the client has signed",
                trigger:
                    ".alert-info:contains(Next to sign):contains(Maria Wiśniewska)",
            },
            ...signedSteps,
        ]),
});
