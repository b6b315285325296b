import {Component, useEffect, useRef} from "@odoo/owl";
import {hidePDFJSButtons} from "@web/core/utils/pdfjs";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {DocumentUploadButton, useFileDrop, useUpload} from "./document_upload";

/** Shows the PDF that is signed, once it is signed the signed one, and takes another. */
export class DocumentFileField extends Component {
    static template = "autenti_esign_document.FileField";
    static components = {DocumentUploadButton};
    static props = {...standardFieldProps};

    setup() {
        this.root = useRef("root");
        Object.assign(this, useUpload());
        useEffect(
            (url) => url && hidePDFJSButtons(this.root.el),
            () => [this.file && this.viewerUrl]
        );
        this.onFiles = this.onFiles.bind(this);
        const isEnabled = () => !this.props.readonly && !this.progress.total;
        useFileDrop(this.root, this.onFiles, isEnabled);
    }

    get file() {
        return this.props.record.data.shown_attachment_id;
    }

    get viewerUrl() {
        const url = encodeURIComponent(`/web/content/${this.file.id}`);
        return `/web/static/lib/pdfjs/web/viewer.html?file=${url}`;
    }

    /** The first file is signed, those that are dropped with it go along. */
    async onFiles([file, ...enclosures]) {
        const {record} = this.props;
        if (!record.data.name) {
            await record.update({name: file.name.replace(/\.\w+$/, "")});
        }
        if (!(await record.save())) {
            return;
        }
        const url = `/autenti/document/${record.resId}`;
        if ((await this.upload(`${url}/upload`, [file])).length) {
            await this.upload(`${url}/enclose`, enclosures);
            await record.load();
        }
    }
}

registry.category("fields").add("autenti_document_file", {
    component: DocumentFileField,
    supportedTypes: ["many2one"],
    fieldDependencies: [{name: "shown_attachment_id", type: "many2one"}],
});
