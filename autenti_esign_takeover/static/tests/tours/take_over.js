import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("autenti_take_over_all", {
    steps: () => [
        {
            content: "Begin a takeover",
            trigger: ".o_control_panel button:contains(Take Over)",
            run: "click",
        },
        {
            content: "Name who has left",
            trigger: ".modal [name=person_id] input",
            run: "edit Anna",
        },
        {
            content: "Choose them, though archived",
            trigger: ".ui-autocomplete .dropdown-item:contains(Anna Nowak)",
            run: "click",
        },
        {
            content: "See how many there are",
            trigger: ".modal [name=count]:contains(1)",
        },
        {
            content: "Name who takes over",
            trigger: ".modal [name=taker_id] input",
            run: "edit Piotr",
        },
        {
            content: "Choose them",
            trigger: ".ui-autocomplete .dropdown-item:contains(Piotr Zima)",
            run: "click",
        },
        {
            content: "Take over",
            trigger: ".modal button[name=action_take_over]",
            run: "click",
        },
        {
            content: "See that it is under way",
            trigger: ".o_form_view .o_data_row:contains(Anna Nowak):contains(To do)",
        },
    ],
});
