import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";
import {useEffect, useExternalListener} from "@odoo/owl";
import {ListRenderer} from "@web/views/list/list_renderer";
import {registry} from "@web/core/registry";

const EDITABLE = "input, textarea";
/** How often what is drawn is waited for, until a row has the focus. */
const PATIENCE = 40;

/** Wait for what is drawn next, and for the focus, which is given after that. */
function waitForDrawing() {
    return new Promise((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(resolve))
    );
}

/**
 * Rows in which nothing that is typed gets lost. Odoo opens a row when the server has
 * answered; what is typed meanwhile waits for it, instead of landing in the row before,
 * or nowhere.
 */
export class AutentiRowsRenderer extends ListRenderer {
    setup() {
        super.setup();
        // Null while no row is being opened
        this.opening = null;
        useExternalListener(window, "keydown", this.keepKey.bind(this), {
            capture: true,
        });
        useExternalListener(window, "focusin", this.onFocus.bind(this));
        // A screen reader doesn't tell the column of an input
        useEffect(() => this.nameInputs());
    }

    nameInputs() {
        for (const column of this.columns) {
            const selector = `.o_selected_row [name="${column.name}"]`;
            for (const cell of this.tableRef.el.querySelectorAll(selector)) {
                cell.querySelector(EDITABLE)?.setAttribute("aria-label", column.label);
            }
        }
    }

    add(params) {
        if (this.canCreate) {
            this.openRow(this.props.onAdd(params));
        }
    }

    onCellClicked(record, ...args) {
        const opened = super.onCellClicked(record, ...args);
        if (!record.isInEdition) {
            this.openRow(opened);
        }
        return opened;
    }

    onCellKeydownEditMode(...args) {
        const {activeElement} = document;
        const isHandled = super.onCellKeydownEditMode(...args);
        if (isHandled && document.activeElement === activeElement) {
            this.openRow();
        }
        return isHandled;
    }

    /** Keep what is typed until the row has the focus, or Odoo gives it to none. */
    async openRow(opened) {
        if (this.opening) {
            return;
        }
        const opening = {typed: "", left: this.editedRecord?.id};
        this.opening = opening;
        await opened;
        for (let turn = 0; this.opening === opening && turn < PATIENCE; turn++) {
            await this.props.list.model.mutex.getUnlockedDef();
            await waitForDrawing();
        }
        this.giveBack(opening);
    }

    keepKey(ev) {
        const isText = ev.key?.length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey;
        if (this.opening && isText && !ev.isComposing) {
            this.opening.typed += ev.key;
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    async onFocus({target}) {
        const {opening} = this;
        if (!opening || !target.matches?.(EDITABLE)) {
            return;
        }
        if (!this.isInRow(target)) {
            // Who goes elsewhere types there
            this.opening = null;
        } else if (target.closest(".o_data_row").dataset.id !== opening.left) {
            // Odoo may focus the row that is left once more, and selects what is in the
            // input right after it has focused it
            await Promise.resolve();
            this.giveBack(opening);
        }
    }

    isInRow(element) {
        return element.matches(EDITABLE) && this.tableRef.el?.contains(element);
    }

    giveBack(opening) {
        if (this.opening !== opening) {
            return;
        }
        this.opening = null;
        if (opening.typed && this.isInRow(document.activeElement)) {
            // As if typed there: it replaces what is selected, and can be undone
            document.execCommand("insertText", false, opening.typed);
        }
    }
}

export class AutentiRows extends X2ManyField {
    static components = {...X2ManyField.components, ListRenderer: AutentiRowsRenderer};

    onAdd(params) {
        this.added = super.onAdd(params);
        return this.added;
    }

    get rendererProps() {
        const props = super.rendererProps;
        const {onAdd} = props;
        return {
            ...props,
            onAdd: (params) => {
                onAdd(params);
                return this.added;
            },
        };
    }
}

registry
    .category("fields")
    .add("autenti_rows", {...x2ManyField, component: AutentiRows});
