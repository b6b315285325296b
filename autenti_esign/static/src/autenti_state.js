import {BadgeField, badgeField} from "@web/views/fields/badge/badge_field";
import {Group} from "@web/model/relational_model/group";
import {_t} from "@web/core/l10n/translation";
import {memoize} from "@web/core/utils/functions";
import {patch} from "@web/core/utils/patch";
import {toLocaleDateString} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";

/** The colour of a state's badge; grey where there is none. */
const COLOURS = {
    to_send: "info",
    sent: "info",
    signed: "success",
    declined: "danger",
    failed: "danger",
    expired: "warning",
};

// A browser takes most of a millisecond for each, and a list has the same days again
const formatDay = memoize((day) => toLocaleDateString(luxon.DateTime.fromISO(day)));

/**
 * Shows where a record stands in one cell: its state, the mark of a test, and the date
 * that matters in that state.
 *
 * Options name the record's fields, where more than the state is to be shown:
 * `test_field`, set for what binds nobody, `signed_field` and `since_field`, a datetime
 * each.
 */
export class AutentiState extends BadgeField {
    static template = "autenti_esign.State";
    static props = {
        ...BadgeField.props,
        testField: {type: String, optional: true},
        signedField: {type: String, optional: true},
        sinceField: {type: String, optional: true},
    };

    get badgeClass() {
        const value = this.props.record.data[this.props.name];
        return `text-bg-${COLOURS[value] || 300}`;
    }

    get isTest() {
        const value = this.props.record.data[this.props.testField];
        return value && value !== "production";
    }

    get moment() {
        const {data} = this.props.record;
        const [date, text] = data[this.props.signedField]
            ? [data[this.props.signedField], _t("Signed on %s")]
            : [data[this.props.sinceField], _t("Waiting since %s")];
        const day = date && formatDay(date.toISODate());
        return day && {day, title: text.replace("%s", day)};
    }
}

registry.category("fields").add("autenti_state", {
    ...badgeField,
    component: AutentiState,
    displayName: _t("Signing status"),
    supportedTypes: ["selection"],
    extractProps: (info) => ({
        ...badgeField.extractProps(info),
        testField: info.options.test_field,
        signedField: info.options.signed_field,
        sinceField: info.options.since_field,
    }),
    fieldDependencies: ({options}) =>
        [
            {name: options.test_field, type: "char"},
            {name: options.signed_field, type: "datetime"},
            {name: options.since_field, type: "datetime"},
        ].filter(({name}) => name),
});

// Odoo leaves the group of records without a value nameless, where it is a selection
patch(Group.prototype, {
    setup(config, data) {
        super.setup(...arguments);
        if (this.groupByField.name === "autenti_state" && !this.value) {
            this.displayName = _t("Not sent yet");
        }
    },
});
