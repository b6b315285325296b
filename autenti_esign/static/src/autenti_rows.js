import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";
import {useEffect, useExternalListener} from "@odoo/owl";
import {ListRenderer} from "@web/views/list/list_renderer";
import {registry} from "@web/core/registry";

const EDITABLE = "input, textarea";
/** How often what is drawn is waited for, until a row has the focus. */
const PATIENCE = 40;
/** The keys, besides those with Ctrl, Alt or Meta, by which somebody leaves an input. */
const MOVES = new Set(["Tab", "Enter", "Escape"]);

/** Letters such as "ł" are typed with AltGr, which Windows tells as Ctrl and Alt. */
function isShortcut(ev) {
    const isLetter = ev.key?.length === 1 && ev.key > "\x7f";
    const isModified = ev.ctrlKey || ev.metaKey || ev.altKey;
    return isModified && !isLetter && !ev.getModifierState?.("AltGraph");
}

/** Wait for what is drawn next, and for the focus, which is given after that. */
function waitForDrawing() {
    return new Promise((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(resolve))
    );
}

/**
 * Rows in which nothing that is typed gets lost. Odoo opens a row when the server has
 * answered; what is typed meanwhile waits for it, instead of landing in the row before,
 * or nowhere. And a row that Odoo draws anew takes the focus from nobody who has gone on
 * to another input meanwhile.
 */
export class AutentiRowsRenderer extends ListRenderer {
    setup() {
        super.setup();
        // Null while no row is being opened
        this.opening = null;
        // The row that somebody has left before it was open
        this.leftId = null;
        // The input outside the rows in which somebody types
        this.elsewhere = null;
        const capture = {capture: true};
        useExternalListener(window, "keydown", this.onKey.bind(this), capture);
        for (const pointed of ["pointerdown", "click"]) {
            useExternalListener(window, pointed, this.onPointed.bind(this), capture);
        }
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
            const [column] = args;
            this.openRow(opened, {record, column});
        }
        return opened;
    }

    /** Odoo focuses the row whenever it draws it anew. */
    focusCell(...args) {
        if (!this.elsewhere) {
            super.focusCell(...args);
        }
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
    async openRow(opened, cell) {
        if (this.opening) {
            return;
        }
        const left = this.editedRecord?.id || this.leftId;
        const opening = {keys: [], left: left === cell?.record.id ? null : left, cell};
        this.opening = opening;
        this.leftId = null;
        await opened;
        for (let turn = 0; this.opening === opening && turn < PATIENCE; turn++) {
            await this.props.list.model.mutex.getUnlockedDef();
            await waitForDrawing();
        }
        this.giveBack(opening);
    }

    onKey(ev) {
        const isText = ev.key?.length === 1 && !isShortcut(ev);
        if (isShortcut(ev) || MOVES.has(ev.key)) {
            this.elsewhere = null;
        }
        const isKept = isText || ev.key === "Tab" || ev.key === "Backspace";
        if (this.opening && isKept && !ev.isComposing) {
            this.opening.keys.push(ev);
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onPointed({target}) {
        if (target !== this.elsewhere) {
            this.elsewhere = null;
        }
        const opened = this.opening?.cell?.record.id;
        if (opened && target.closest(".o_data_row")?.dataset.id !== opened) {
            this.leaveRow();
        }
    }

    async onFocus({target}) {
        if (!target.matches?.(EDITABLE)) {
            return;
        }
        const {opening} = this;
        if (!this.isInRow(target)) {
            this.elsewhere = target;
            this.leaveRow();
        } else if (
            opening &&
            target.closest(".o_data_row").dataset.id !== opening.left
        ) {
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
        for (const {key, shiftKey} of opening.keys) {
            const {activeElement} = document;
            if (this.opening) {
                // A key before has opened the next row
                this.opening.keys.push({key, shiftKey});
            } else if (key === "Tab") {
                const options = {key, shiftKey, bubbles: true, cancelable: true};
                activeElement.dispatchEvent(new KeyboardEvent("keydown", options));
            } else if (this.isInRow(activeElement)) {
                // As if typed there: it replaces what is selected, and can be undone
                const command = key === "Backspace" ? "delete" : "insertText";
                document.execCommand(command, false, key);
            }
        }
    }

    /** Who goes elsewhere before the row is open types there; the cells have their text. */
    leaveRow() {
        const {cell, keys} = this.opening || {};
        this.opening = null;
        this.leftId = cell?.record.id;
        if (!cell || !keys.length) {
            return;
        }
        const names = this.columns.map(({name}) => name);
        const columns = names.slice(names.indexOf(cell.column.name));
        let typed = "";
        for (const {key} of keys) {
            typed =
                key === "Backspace"
                    ? typed.replace(/[^\t]$/, "")
                    : typed + (key === "Tab" ? "\t" : key);
        }
        const changes = {};
        for (const [index, text] of typed.split("\t").entries()) {
            if (text && cell.record.fields[columns[index]]?.type === "char") {
                changes[columns[index]] = text;
            }
        }
        cell.record.update(changes);
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
