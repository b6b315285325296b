import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const signNow = {
    content: "Sign this one",
    trigger: ".modal button[name=sign]",
    run: "click",
};
const haveSigned = {
    content: "Say that it's signed, where nobody calls",
    trigger: ".modal button[name=check]",
    run: "click",
};

tours.add("autenti_my_turn_sign", {
    steps: () => [
        {
            content: "Sign the one that waits longest, right in the list",
            trigger: ".o_data_row:first button[name=action_sign_from_here]",
            run() {
                // Autenti's pages aren't there
                browser.open = () => ({});
                this.anchor.click();
            },
        },
        {
            content: "See that its page has been opened",
            trigger: ".modal [role=status]:contains(in the other tab)",
        },
        haveSigned,
        {
            content: "See the next one come by itself",
            trigger: ".modal p:contains(Done: 1 · left: 2)",
        },
        {...signNow, trigger: ".modal:not(:has([role=status])) button[name=sign]"},
        haveSigned,
        {
            content: "Leave one for later",
            trigger: ".modal:contains(left: 1) button[name=skip]",
            run: "click",
        },
        {
            content: "Be told that nothing more waits",
            trigger: ".modal p:contains(Nothing more waits)",
        },
        {
            content: "See what was signed this week",
            trigger: ".modal button[name=signed]",
            run: "click",
        },
        {
            content: "See it by days",
            trigger:
                ".o_graph_view:has(.o_facet_value:contains(/^Signed by Me This Week$/)) canvas",
        },
    ],
});

tours.add("autenti_my_turn_links", {
    steps: () => [
        {
            content: "Choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Get their links",
            trigger: "button[name=action_get_my_links]",
            run: "click",
        },
        {
            content: "See that all are there",
            trigger: ".modal p:contains(Fetched: 3 / 3)",
        },
        {
            content: "See links that open apart from Odoo",
            trigger: ".modal ol li:nth-child(3) a[href^=https][rel*=noopener]",
        },
        {
            content: "Close the window, and the links are gone",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "See the list",
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});
