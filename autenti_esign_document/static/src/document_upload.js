import {Component, useState} from "@odoo/owl";
import {AlertDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {useDropzone} from "@web/core/dropzone/dropzone_hook";
import {useService} from "@web/core/utils/hooks";

// What wasn't uploaded yet is lost with the page
const askToStay = (ev) => ev.preventDefault();

/**
 * Uploads files one after the other.
 *
 * @returns {Object} `upload` sends files to an address and returns what the server made
 *     of them; `progress` says how far it is. What the server didn't take, the user is
 *     told in the end.
 */
export function useUpload() {
    const http = useService("http");
    const dialog = useService("dialog");
    const progress = useState({done: 0, total: 0});

    const send = async (url, file) => {
        try {
            const params = {csrf_token: odoo.csrf_token, ufile: file};
            return JSON.parse(await http.post(url, params, "text"));
        } catch {
            return {
                error: _t(
                    "%s: it couldn't be uploaded. Folders can't be; otherwise reload the page and try again.",
                    file.name
                ),
            };
        }
    };

    const upload = async (url, files) => {
        const answers = [];
        progress.total += files.length;
        browser.addEventListener("beforeunload", askToStay);
        for (const file of files) {
            answers.push(await send(url, file));
            progress.done += 1;
        }
        browser.removeEventListener("beforeunload", askToStay);
        if (progress.done === progress.total) {
            Object.assign(progress, {done: 0, total: 0});
        }
        const problems = answers.map(({error}) => error).filter(Boolean);
        if (problems.length) {
            dialog.add(AlertDialog, {
                title: _t("Not uploaded"),
                body: problems.join("\n\n"),
            });
        }
        return answers.filter(({error}) => !error);
    };

    return {upload, progress};
}

/** Lets files be dropped on an element of the page. */
export function useFileDrop(ref, onFiles, isEnabled) {
    useDropzone(
        ref,
        (ev) => onFiles([...ev.dataTransfer.files]),
        "o_autenti_document_dropzone",
        isEnabled
    );
}

export class DocumentUploadButton extends Component {
    static template = "autenti_esign_document.UploadButton";
    static props = {
        className: {type: String, optional: true},
        multiple: {type: Boolean, optional: true},
        onFiles: Function,
        progress: Object,
        slots: {type: Object, optional: true},
    };

    setup() {
        this.progress = useState(this.props.progress);
    }

    onClick() {
        const {multiple, onFiles} = this.props;
        // Not a part of the page: on a phone, the menu with the button closes meanwhile
        const input = Object.assign(document.createElement("input"), {
            accept: ".pdf,image/*",
            multiple: Boolean(multiple),
            type: "file",
        });
        input.addEventListener("change", () => onFiles([...input.files]));
        input.click();
        this.input = input;
    }
}
