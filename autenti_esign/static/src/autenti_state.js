import {Component} from "@odoo/owl";
import {Group} from "@web/model/relational_model/group";
import {ListRenderer} from "@web/views/list/list_renderer";
import {_t} from "@web/core/l10n/translation";
import {formatSelection} from "@web/views/fields/formatters";
import {memoize} from "@web/core/utils/functions";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";
import {renderToMarkup} from "@web/core/utils/render";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {toLocaleDateString} from "@web/core/l10n/dates";

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
 * Return what there is to say of where a record stands.
 *
 * @param {Object} record
 * @param {String} name - of the field that holds the state
 * @param {Object} options - of the view, see `AutentiState`
 */
function describe({data, fields}, name, options) {
    const value = data[name];
    const test = data[options.test_field];
    const [date, text] = data[options.signed_field]
        ? [data[options.signed_field], _t("Signed on %s")]
        : [data[options.since_field], _t("Waiting since %s")];
    const day = date && formatDay(date.toISODate());
    return {
        label: value && formatSelection(value, fields[name]),
        colour: COLOURS[value] || 300,
        isTest: test && test !== "production",
        day,
        title: day && text.replace("%s", day),
    };
}

/**
 * Shows where a record stands in one cell: its state, the mark of a test, and the date
 * that matters in that state.
 *
 * Options name the record's fields, where more than the state is to be shown:
 * `test_field`, set for what binds nobody, `signed_field` and `since_field`, a datetime
 * each.
 */
class AutentiState extends Component {
    static template = "autenti_esign.State";
    static props = {...standardFieldProps, options: Object};

    get state() {
        return describe(this.props.record, this.props.name, this.props.options);
    }
}

registry.category("fields").add("autenti_state", {
    component: AutentiState,
    displayName: _t("Signing status"),
    supportedTypes: ["selection"],
    extractProps: ({options}) => ({options}),
    fieldDependencies: ({options}) =>
        [
            {name: options.test_field, type: "char"},
            {name: options.signed_field, type: "datetime"},
            {name: options.since_field, type: "datetime"},
        ].filter(({name}) => name),
});

// Most rows of a list stand where others do
const render = memoize((state) =>
    renderToMarkup("autenti_esign.State", {state: JSON.parse(state)})
);

// A component for each row would take a third of the time of a list
patch(ListRenderer.prototype, {
    canUseFormatter(column) {
        return column.widget === "autenti_state" || super.canUseFormatter(...arguments);
    },

    getFormattedValue(column, record) {
        if (column.widget !== "autenti_state") {
            return super.getFormattedValue(...arguments);
        }
        const state = describe(record, column.name, column.options);
        return render(JSON.stringify(state));
    },
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
