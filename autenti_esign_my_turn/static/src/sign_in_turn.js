import {
    Component,
    onMounted,
    onWillStart,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {Mutex} from "@web/core/utils/concurrency";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useNews} from "@autenti_esign/autenti_live";
import {useService} from "@web/core/utils/hooks";

const MODEL = "autenti.request";
const FIELDS = ["name", "partner_id", "user_id", "turn_date", "is_my_turn"];

/** Leads the user through what waits for their signature, one after the other. */
export class SignInTurn extends Component {
    static template = "autenti_esign_my_turn.SignInTurn";
    static components = {Dialog};
    static props = {
        close: Function,
        requestIds: {type: Array, element: Number},
        isBegun: {type: Boolean, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.button = useRef("sign");
        // News and looks of one's own may come at once, and each goes on by one
        this.mutex = new Mutex();
        this.state = useState({index: 0, done: 0, current: null, isOpened: false});
        onWillStart(() => this.look());
        onMounted(() => this.props.isBegun && this.state.current && this.sign());
        useNews(
            () => ({resModel: MODEL, resIds: [this.state.current?.id]}),
            () => this.look()
        );
        // Whoever comes back from Autenti has signed, though nobody called yet
        useExternalListener(window, "focus", () => this.onFocus());
        useEffect(
            () => this.button.el?.focus(),
            () => [this.state.current?.id]
        );
    }

    get since() {
        const {turn_date: since} = this.state.current;
        return since ? toLocaleDateTimeString(deserializeDateTime(since)) : "";
    }

    /**
     * Show the first one, from the present one on, that still waits for the user.
     *
     * @param {Number} skipped how many are left for later
     */
    look(skipped = 0) {
        return this.mutex.exec(async () => {
            const {index: before, current: last, done} = this.state;
            let [index, current] = [before + skipped, null];
            while (index < this.props.requestIds.length && !current) {
                current = await this.read(this.props.requestIds[index]);
                index += current ? 0 : 1;
            }
            // All at once, so that no click is meant for the one before
            Object.assign(this.state, {
                index,
                current,
                done: done + (last && !skipped && index > before ? 1 : 0),
                isOpened: this.state.isOpened && last.id === current?.id,
            });
        });
    }

    /** Return a request that waits for the user, else null. */
    async read(id) {
        const [found] = await this.orm.searchRead(MODEL, [["id", "=", id]], FIELDS);
        return found?.is_my_turn ? found : null;
    }

    async sign() {
        const action = await this.mutex.exec(() =>
            this.orm.call(MODEL, "action_sign_now", [[this.state.current.id]])
        );
        this.state.isOpened = true;
        await this.action.doAction(action);
    }

    async check() {
        await this.orm.call(MODEL, "action_check", [[this.state.current.id]]);
        await this.look();
    }

    async onFocus() {
        if (this.state.isOpened) {
            try {
                await this.check();
            } catch {
                // Nobody asked for it; the button says what is wrong
            }
        }
    }

    async showSigned() {
        this.props.close();
        await this.action.doAction(
            "autenti_esign_my_turn.autenti_request_action_signed"
        );
    }
}

function openInTurn(env, action) {
    const {request_ids: requestIds, is_begun: isBegun} = action.params;
    const reload = {type: "ir.actions.client", tag: "soft_reload"};
    env.services.dialog.add(
        SignInTurn,
        {requestIds, isBegun},
        {onClose: () => env.services.action.doAction(reload)}
    );
}

registry.category("actions").add("autenti_esign_my_turn.in_turn", openInTurn);
