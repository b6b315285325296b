import {KanbanController} from "@web/views/kanban/kanban_controller";
import {ListController} from "@web/views/list/list_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {status, useComponent} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";

import {DocumentUploadButton, useFileDrop, useUpload} from "./document_upload";

/** What comes next is to tell who signs. */
function focusClient() {
    document.querySelector(".o_form_view [name=partner_id] input")?.focus();
}

/** Makes a document of each file that is dropped on a view, or chosen there. */
function useDocumentUpload() {
    const controller = useComponent();
    const action = useService("action");
    const notification = useService("notification");
    const {upload, progress} = useUpload();
    const {resModel} = controller.props;

    const onFiles = async (files) => {
        const made = await upload("/autenti/document/upload", files);
        if (!made.length) {
            return;
        }
        // The user may have gone on to something else
        const isShown = status(controller) !== "destroyed";
        if (isShown && files.length === 1) {
            await action.doAction({
                type: "ir.actions.act_window",
                res_model: resModel,
                res_id: made[0].id,
                views: [[false, "form"]],
            });
            // On a phone, its keyboard would hide what was made
            if (!controller.env.isSmall) {
                focusClient();
            }
            return;
        }
        if (isShown) {
            await controller.model.load();
        }
        notification.add(_t("Documents made: %s", made.length), {type: "success"});
    };

    const canUpload = controller.props.archInfo.activeActions.create;
    useFileDrop(controller.rootRef, onFiles, () => canUpload && !progress.total);
    return {canUpload, onFiles, progress};
}

const withUpload = (Controller) =>
    class extends Controller {
        static components = {...Controller.components, DocumentUploadButton};

        setup() {
            super.setup();
            this.documentUpload = useDocumentUpload();
        }
    };

registry.category("views").add("autenti_document_kanban", {
    ...kanbanView,
    Controller: withUpload(KanbanController),
    buttonTemplate: "autenti_esign_document.KanbanButtons",
});
registry.category("views").add("autenti_document_list", {
    ...listView,
    Controller: withUpload(ListController),
    buttonTemplate: "autenti_esign_document.ListButtons",
});
