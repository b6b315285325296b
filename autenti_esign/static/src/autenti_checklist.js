import {Component} from "@odoo/owl";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Shows what keeps a document from being sent. A link opens the place where it is
 * mended on top of the dialog, and what was mended there is looked at anew.
 */
export class AutentiChecklist extends Component {
    static template = "autenti_esign.Checklist";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        // Not `class:`, behind which Odoo's extractor of terms finds none
        this.icons = {
            blocking: {icon: "fa-times-circle text-danger", label: _t("Blocks")},
            warning: {
                icon: "fa-exclamation-triangle text-warning",
                label: _t("Warning"),
            },
            ok: {icon: "fa-check text-success", label: _t("Fine")},
        };
    }

    get lines() {
        return this.props.record.data[this.props.name] || [];
    }

    get problems() {
        const byLevel = (level) => this.lines.filter((line) => line.level === level);
        return [...byLevel("blocking"), ...byLevel("warning")];
    }

    get passed() {
        return this.lines.filter((line) => line.level === "ok");
    }

    get summary() {
        return _t("%(passed)s of %(all)s checks passed", {
            passed: this.passed.length,
            all: this.lines.length,
        });
    }

    async follow(action) {
        if (!(await this.props.record.save())) {
            return;
        }
        if (!action.res_id) {
            await this.action.doAction(action);
            return;
        }
        const {res_model: resModel, res_id: resId, views, name: title} = action;
        this.dialog.add(
            FormViewDialog,
            {
                resModel,
                resId,
                title,
                viewId: views[0][0],
                canExpand: false,
                onRecordSaved: () => this.takeOver(resModel, resId),
            },
            {onClose: () => this.props.record.load()}
        );
    }

    /** The document may show what was mended, whatever it was. */
    async takeOver(resModel, resId) {
        const {record} = this.props;
        await this.orm.call(record.resModel, "action_take_over", [
            [record.resId],
            resModel === "res.partner" && resId,
        ]);
    }
}

registry
    .category("fields")
    .add("autenti_checklist", {component: AutentiChecklist, supportedTypes: ["json"]});
