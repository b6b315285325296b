import {
    PdfViewerField,
    pdfViewerField,
} from "@web/views/fields/pdf_viewer/pdf_viewer_field";
import {registry} from "@web/core/registry";
import {url} from "@web/core/utils/urls";
import {useEffect} from "@odoo/owl";

/**
 * Shows the very file that is sent: choosing another one saves the dialog, for the
 * file is made and checked on the server.
 */
export class AutentiPdfPreview extends PdfViewerField {
    static template = "autenti_esign.PdfPreview";

    setup() {
        super.setup();
        useEffect(
            () => {
                this.saveChoice();
            },
            () => {
                const {source, attachment_id, upload, second_representative_id} =
                    this.props.record.data;
                return [
                    source,
                    attachment_id?.id,
                    upload,
                    second_representative_id?.id,
                ];
            }
        );
    }

    get urlFile() {
        const {record, name} = this.props;
        return url("/web/content", {
            model: record.resModel,
            field: name,
            id: record.resId,
            // A new file under the old address would come from the browser's cache
            unique: record.data.pdf_sha256,
        });
    }

    async saveChoice() {
        const {record} = this.props;
        const {source, attachment_id, upload} = record.data;
        const isChosen =
            source === "report" ||
            (source === "attachment" && attachment_id) ||
            (source === "upload" && upload);
        if (isChosen && (await record.isDirty())) {
            await record.save();
        }
    }
}

registry
    .category("fields")
    .add("autenti_pdf_preview", {...pdfViewerField, component: AutentiPdfPreview});
