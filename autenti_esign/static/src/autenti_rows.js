import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";
import {useEffect, useExternalListener} from "@odoo/owl";
import {ListRenderer} from "@web/views/list/list_renderer";
import {makeContext} from "@web/core/context";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";

const EDITABLE = "input, textarea";
/** The class of the input into which somebody types while a row is being opened. */
const KEEPS_TYPED = "o_autenti_keeps_typed";
/** How often what is drawn is waited for, until a row has the focus. */
const PATIENCE = 40;
/** The keys, besides those with Ctrl, Alt or Meta, by which somebody leaves an input. */
const MOVES = new Set(["Tab", "Enter", "Escape"]);

const ERASES = new Set(["Backspace", "Delete"]);

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
 * A row that is being opened, and what somebody does meanwhile: an unseen input has the
 * focus, into which they type, paste and compose letters as into any other; what leads
 * on from it stands between the texts.
 */
class Opening {
    /**
     * @param {HTMLElement} place - where the input stands
     * @param {Object} row
     * @param {String} [row.left] - id of the row that is left
     * @param {Promise} [row.opened] - gives the record of a new row
     * @param {Object} [row.cell] - record and column, of a row that exists already
     */
    constructor(place, {left, opened, cell}) {
        this.left = left;
        this.opened = opened;
        this.cell = cell;
        this.events = [];
        this.isComposing = false;
        this.input = document.createElement("input");
        this.input.className = `visually-hidden ${KEEPS_TYPED}`;
        this.input.tabIndex = -1;
        this.input.ariaHidden = "true";
        for (const type of ["keydown", "input", "compositionstart", "compositionend"]) {
            this.input.addEventListener(type, this.onTyped.bind(this));
        }
        place.append(this.input);
        this.focus();
    }

    /** Letters such as "á" are composed of several keys, which belong together. */
    onTyped({type, key, isComposing}) {
        if (type === "keydown") {
            this.isComposing ||= key === "Dead";
        } else {
            this.isComposing =
                type === "compositionstart" || (type === "input" && isComposing);
        }
        if (!this.isComposing && this.onComposed) {
            this.onComposed();
            this.onComposed = null;
        }
    }

    focus() {
        this.input.focus({preventScroll: true});
    }

    /** Tell if a key erases what stands in the cell, not what was typed since. */
    erases({key}) {
        return ERASES.has(key) && !this.input.value;
    }

    /** @param {Object} event - that leads on: `key`, `added` or `clicked` */
    keep(event) {
        this.events.push({text: this.input.value}, event);
        this.input.value = "";
        this.focus();
    }

    /** @returns {Array} what was typed and done, in its order */
    end() {
        const events = [...this.events, {text: this.input.value}];
        this.input.remove();
        return events.filter(({text}) => text !== "");
    }
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
        // Until rows that somebody has left before they were open have their texts
        this.filling = null;
        // Before the form is saved, and so before it is sent
        useBus(this.props.list.model.bus, "NEED_LOCAL_CHANGES", ({detail}) =>
            detail.proms.push(this.filling)
        );
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
        if (this.opening) {
            this.opening.keep({added: params});
        } else if (this.canCreate) {
            this.openRow(this.props.onAdd(params));
        }
    }

    onCellClicked(record, column, ...args) {
        if (this.opening) {
            this.opening.keep({clicked: [record, column, ...args]});
            return null;
        }
        const opened = super.onCellClicked(record, column, ...args);
        if (!record.isInEdition) {
            this.openRow(opened, {record, column});
        }
        return opened;
    }

    /** Odoo focuses the row whenever it draws it anew, also the one that is left. */
    focusCell(...args) {
        const {opening} = this;
        const {id} = this.editedRecord;
        if (opening?.isComposing) {
            opening.onComposed = () => this.focusCell(...args);
        } else if (!this.elsewhere && ![opening?.left, this.leftId].includes(id)) {
            super.focusCell(...args);
        }
    }

    onCellKeydownEditMode(hotkey, cell, group, record) {
        const {activeElement} = document;
        const isHandled = super.onCellKeydownEditMode(...arguments);
        if (isHandled && document.activeElement === activeElement) {
            const isBack = hotkey === "shift+tab";
            const {records} = this.props.list;
            const next = records[records.indexOf(record) + (isBack ? -1 : 1)];
            const column = isBack && this.columns.at(-1);
            this.openRow(null, next && {record: next, column});
        }
        return isHandled;
    }

    /**
     * Keep what is typed until the row has the focus, or Odoo gives it to none.
     *
     * @param {Promise} [opened] - gives the record of a new row
     * @param {Object} [cell] - the record of an existing row, and the column
     */
    async openRow(opened, cell) {
        if (this.opening) {
            return;
        }
        const left = this.editedRecord?.id || this.leftId;
        const isSame = left === cell?.record.id;
        const row = {left: isSame ? null : left, opened, cell};
        const opening = new Opening(this.rootRef.el, row);
        this.opening = opening;
        this.leftId = null;
        try {
            await opened;
            let turn = 0;
            while (this.opening === opening && turn < PATIENCE) {
                turn += opening.isComposing ? 0 : 1;
                await this.props.list.model.mutex.getUnlockedDef();
                await waitForDrawing();
            }
        } finally {
            if (this.opening === opening) {
                this.leaveRow();
            }
        }
    }

    onKey(ev) {
        const isLeading = MOVES.has(ev.key) && !ev.isComposing && !isShortcut(ev);
        if (isShortcut(ev) || isLeading) {
            this.elsewhere = null;
        }
        if (this.opening && ev.altKey && isShortcut(ev)) {
            this.leaveRow();
        } else if (this.opening && (isLeading || this.opening.erases(ev))) {
            const {key, shiftKey} = ev;
            this.opening.keep({key, shiftKey});
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onPointed({target, type}) {
        if (target !== this.elsewhere) {
            this.elsewhere = null;
        }
        if (this.opening && !this.tableRef.el.contains(target)) {
            this.leaveRow();
        } else if (this.opening && type === "click") {
            this.opening.focus();
        }
    }

    async onFocus({target}) {
        const {opening} = this;
        // Before a row is being opened, and also of other rows than these
        const keepsTyped = target.classList?.contains(KEEPS_TYPED);
        if (!target.matches?.(EDITABLE) || keepsTyped) {
            return;
        }
        if (!this.isInRow(target)) {
            this.elsewhere = target;
            this.leaveRow();
        } else if (
            opening &&
            target.closest(".o_data_row").dataset.id !== opening.left
        ) {
            // Odoo selects what is in the input right after it has focused it
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
        for (const event of opening.end()) {
            if (this.opening) {
                // One before has opened the next row
                this.opening.events.push(event);
            } else {
                this.redo(event);
            }
        }
    }

    redo({text, key, shiftKey, added, clicked}) {
        const {activeElement} = document;
        if (added) {
            this.add(added);
        } else if (clicked) {
            this.onCellClicked(...clicked);
        } else if (ERASES.has(key)) {
            document.execCommand("delete");
        } else if (key) {
            const options = {key, shiftKey, bubbles: true, cancelable: true};
            activeElement.dispatchEvent(new KeyboardEvent("keydown", options));
        } else if (this.isInRow(activeElement)) {
            // As if typed there: it replaces what is selected, and can be undone
            document.execCommand("insertText", false, text);
        }
    }

    /** Who goes elsewhere before the row is open types there; the cells have their text. */
    leaveRow() {
        const {opening} = this;
        this.opening = null;
        this.leftId = opening?.cell?.record.id;
        if (opening) {
            const filled = this.fillRows(opening, this.readRows(opening));
            const filling = Promise.all([this.filling, filled]).finally(() => {
                this.filling = this.filling === filling ? null : this.filling;
            });
            this.filling = filling;
        }
    }

    async fillRows({opened, cell}, rows) {
        const {list, editable} = this.props;
        // Whatever kept it from being added is told by `openRow`
        const added = !cell && (await opened?.catch(() => null));
        if (added) {
            this.leftId = added.id;
            added.switchMode("readonly");
            rows[0].record = added;
        }
        for (const {record, texts} of rows) {
            const isEmpty = !Object.keys(texts).length;
            if (isEmpty && record && record === added) {
                await list.delete(record);
            } else if (!isEmpty) {
                const params = {mode: "readonly", position: editable};
                await (record || (await list.addNewRecord(params))).update(texts);
            }
        }
    }

    /** Tell what was typed into which row: one that there is, or else a new one. */
    readRows(opening) {
        const {records} = this.props.list;
        const names = this.columns
            .filter(({type, widget}) => type === "field" && widget !== "handle")
            .map(({name}) => name);
        const {record, column} = opening.cell || {};
        const rows = [{record, texts: {}}];
        let index = column ? names.indexOf(column.name) : 0;
        for (const {text, key, shiftKey, clicked} of opening.end()) {
            const {record: current, texts} = rows.at(-1);
            const name = names[index];
            if (text || ERASES.has(key)) {
                if (this.props.list.fields[name]?.type === "char") {
                    texts[name] = text ? (texts[name] || "") + text : "";
                }
                continue;
            }
            if (key === "Tab") {
                index += shiftKey ? -1 : 1;
            }
            if (clicked) {
                rows.push({record: clicked[0], texts: {}});
                index = names.indexOf(clicked[1].name);
            } else if (key !== "Tab" || !names[index]) {
                const next = key && current && records[records.indexOf(current) + 1];
                rows.push({record: next, texts: {}});
                index = 0;
            }
        }
        return rows;
    }
}

export class AutentiRows extends X2ManyField {
    static components = {...X2ManyField.components, ListRenderer: AutentiRowsRenderer};

    onAdd(params) {
        this.added = params.editable ? this.addRow(params) : super.onAdd(params);
        return this.added;
    }

    /** Odoo asks the whole form for its changes here: also for half of a word. */
    addRow({context, editable}) {
        const {list} = this;
        list.model.mutex.exec(() => list.editedRecord?._switchMode("readonly"));
        return list.addNewRecord({
            context: makeContext([this.props.context, context]),
            mode: "edit",
            position: editable,
        });
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
