import {
    PdfViewerField,
    pdfViewerField,
} from "@web/views/fields/pdf_viewer/pdf_viewer_field";
import {useBus, useService} from "@web/core/utils/hooks";
import {useEffect, useState} from "@odoo/owl";
import {Deferred} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";

/** How long a click on Send waits for the viewer, in milliseconds */
const PATIENCE = 20000;

/**
 * Shows the very file that is sent. The file is made on the server: when the form holds
 * something else than the file was made of, it is made anew. What the viewer has loaded
 * goes along with the click on Send, and only that is sent.
 */
export class AutentiPdfPreview extends PdfViewerField {
    static template = "autenti_esign.PdfPreview";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.hotkey = useService("hotkey");
        this.screen = useState({isWhole: false});
        // The last to ask for a key gets it, here before the dialog, which it closes
        useEffect(
            (isWhole) =>
                isWhole
                    ? this.hotkey.add("escape", () => this.toggleScreen())
                    : undefined,
            () => [this.screen.isWhole]
        );
        useEffect(
            (sha256) => {
                this.loaded = new Deferred();
                if (sha256) {
                    setTimeout(() => this.loaded.resolve(), PATIENCE);
                } else {
                    this.loaded.resolve();
                }
            },
            () => [this.sha256]
        );
        // Each time it is drawn: a file can come and be out of date between two times
        useEffect(() => {
            if (!this.sha256) {
                this.makePreview();
            }
        });
        // Before the form is saved, and so before it is sent
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({detail}) =>
            detail.proms.push(this.loaded)
        );
    }

    get sha256() {
        return this.props.record.data.pdf_sha256;
    }

    get urlFile() {
        return `/autenti/preview/${this.props.record.resId}/${this.sha256}`;
    }

    get url() {
        return this.sha256 ? super.url : null;
    }

    toggleScreen() {
        this.screen.isWhole = !this.screen.isWhole;
    }

    /** One at a time: on the server two at once stand in each other's way. */
    async makePreview() {
        if (this.isMaking) {
            return;
        }
        this.isMaking = true;
        try {
            let isShown = false;
            while (!isShown) {
                isShown = await this.makeNextPreview();
            }
        } finally {
            this.isMaking = false;
        }
    }

    /** @returns {Boolean} whether the form still holds what the file was made of */
    async makeNextPreview() {
        const {record} = this.props;
        const {mutex} = record.model;
        // Not `getChanges()`: it takes over what is being typed, half a word, and puts
        // that back without the space at its end
        const getChanges = () => JSON.stringify(record._getChanges());
        const changes = await mutex.exec(getChanges);
        const preview = await this.orm.call(record.resModel, "action_preview", [
            [record.resId],
            JSON.parse(changes),
        ]);
        return mutex.exec(async () => {
            const isSame = changes === getChanges();
            if (isSame) {
                // Nor `update()`, which would wait for the end of this
                await record._update(preview);
            }
            return isSame;
        });
    }

    async onViewerReady({target}) {
        const {record} = this.props;
        const {sha256, loaded} = this;
        // Its keys are those of the dialog as well
        this.hotkey.registerIframe(target);
        const {PDFViewerApplication: viewer} = target.contentWindow;
        await viewer.initializedPromise;
        const onLoaded = () => {
            if (sha256 === this.sha256) {
                record.model.shownSha256 = sha256;
            }
            loaded.resolve();
        };
        if (viewer.pdfDocument) {
            onLoaded();
        } else {
            viewer.eventBus.on("documentloaded", onLoaded);
            viewer.eventBus.on("documenterror", () => loaded.resolve());
        }
    }
}

registry
    .category("fields")
    .add("autenti_pdf_preview", {...pdfViewerField, component: AutentiPdfPreview});
