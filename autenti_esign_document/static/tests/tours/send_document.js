import {dragenterFiles, dropFiles} from "@web/../tests/utils";
import {fill} from "@odoo/hoot-dom";
import {registry} from "@web/core/registry";

const MAX_CLICKS = 4;
// An empty page
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
xref
0 4
0000000000 65535 f${" "}
0000000009 00000 n${" "}
0000000052 00000 n${" "}
0000000101 00000 n${" "}
trailer<</Size 4/Root 1 0 R>>
startxref
164
%%EOF`;

let clicks = 0;
const countClick = () => {
    clicks += 1;
};

registry.category("web_tour.tours").add("autenti_send_document", {
    steps: () => [
        {
            content: "Drop a file, which counts as a click",
            trigger: ".o_kanban_view .o_kanban_renderer",
            async run() {
                clicks = 1;
                document.addEventListener("click", countClick, {capture: true});
                const files = [new File([PDF], "Zgoda.pdf", {type: "application/pdf"})];
                await dragenterFiles(".o_kanban_renderer", files);
                await dropFiles(".o_autenti_document_dropzone", files);
            },
        },
        {
            content: "Type the client's name, without a click into the field",
            trigger: ".o_form_view [name=partner_id] input:focus",
            run: () => fill("Klient"),
        },
        {
            content: "Choose them",
            trigger: ".o-autocomplete--dropdown-item:contains(Klient S.A.)",
            run: "click",
        },
        {
            content: "Go to the preview",
            trigger: "button[name=action_autenti_sign]",
            run: "click",
        },
        {
            content: "Send what is shown, to whom it is proposed",
            timeout: 60000,
            trigger: ".modal:has(iframe.o_pdfview_iframe) button[name=action_send]",
            run: "click",
        },
        {
            content: "See that it is on its way",
            trigger: ".o_form_view:not(:has(.modal)) .alert-info",
            run() {
                document.removeEventListener("click", countClick, {capture: true});
                if (clicks > MAX_CLICKS) {
                    throw new Error(`From the list to sent: ${clicks} clicks`);
                }
            },
        },
    ],
});
