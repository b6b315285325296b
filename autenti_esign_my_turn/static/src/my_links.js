import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const MODEL = "autenti.request";

/** Shows the user's own signing links. They live in this window and nowhere else. */
export class MyLinks extends Component {
    static template = "autenti_esign_my_turn.MyLinks";
    static components = {Dialog};
    static props = {
        close: Function,
        requestIds: {type: Array, element: Number},
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.isOpen = true;
        this.state = useState({lines: []});
        onMounted(() => this.fetch());
        onWillUnmount(() => {
            this.isOpen = false;
        });
    }

    get links() {
        return this.state.lines.filter((line) => line.url);
    }

    get isReady() {
        return this.state.lines.length === this.props.requestIds.length;
    }

    /** Fetch one after the other, so that the first ones can be used at once. */
    async fetch() {
        const requests = await this.orm.read(MODEL, this.props.requestIds, ["name"]);
        for (const {id, name} of requests) {
            if (!this.isOpen) {
                return;
            }
            this.state.lines.push({id, name, ...(await this.fetchLink(id))});
        }
    }

    async fetchLink(id) {
        try {
            const {url} = await this.orm.call(MODEL, "action_sign_now", [[id]]);
            return {url};
        } catch (error) {
            return {problem: error.data?.message || error.message};
        }
    }

    async copy() {
        const lines = this.links.map(({name, url}) => `${name}\t${url}`);
        await browser.navigator.clipboard.writeText(lines.join("\n"));
        this.notification.add(_t("Copied. Paste them nowhere where others read."), {
            type: "warning",
        });
    }
}

function openLinks(env, action) {
    env.services.dialog.add(MyLinks, {requestIds: action.params.request_ids});
}

registry.category("actions").add("autenti_esign_my_turn.links", openLinks);
