import {Component, xml} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {evaluateBooleanExpr} from "@web/core/py_js/py";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/**
 * The title of a step, and whether it is done: `done` is an expression of the view's
 * fields, as `invisible` is.
 */
export class AutentiStep extends Component {
    static template = xml`
        <div class="d-flex align-items-baseline gap-2 mt-4">
            <i t-att-class="icon" t-att-title="status" role="img"/>
            <h3 t-out="props.title"/>
        </div>`;
    static props = {...standardWidgetProps, title: String, done: String};

    get isDone() {
        const {evalContextWithVirtualIds} = this.props.record;
        return evaluateBooleanExpr(this.props.done, evalContextWithVirtualIds);
    }

    get icon() {
        return `fa ${this.isDone ? "fa-check-circle text-success" : "fa-circle-o text-muted"}`;
    }

    get status() {
        return this.isDone ? _t("Done") : _t("To do");
    }
}

registry.category("view_widgets").add("autenti_step", {
    component: AutentiStep,
    extractProps: ({attrs}) => ({title: attrs.title, done: attrs.done}),
});
