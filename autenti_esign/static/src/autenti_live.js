import {Component, onWillUnmount, useEffect, xml} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {ListController} from "@web/views/list/list_controller";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useDebounced} from "@web/core/utils/timing";
import {useBus, useService} from "@web/core/utils/hooks";

const NOTIFICATION = "autenti_esign/changed";
// On the bus of this page, without a word from the server
const SENT = "AUTENTI:SENT";
// Many records may change at once
const PAUSE = 500;

/** How many components of the page listen on each channel */
const listeners = new Map();

/**
 * Listens, as long as the component lives, to the news of the records that it shows.
 *
 * @param {Function} getShown returns {resModel, resIds}
 * @param {Function} onChanged takes the id of a record whose signing went on
 */
export function useNews(getShown, onChanged) {
    const bus = useService("bus_service");
    const listen = (channel, change) => {
        const count = (listeners.get(channel) || 0) + change;
        listeners.set(channel, count);
        // The next page listens before the one before it stops
        if (count === 0) {
            listeners.delete(channel);
            bus.deleteChannel(channel);
        } else if (count === change) {
            bus.addChannel(channel);
        }
    };
    useEffect(
        (resModel, joinedIds) => {
            const resIds = JSON.parse(joinedIds);
            const channels = resIds.map((id) => `autenti_esign/${resModel}/${id}`);
            const onNotified = ({model, id}) => {
                if (model === resModel && resIds.includes(id)) {
                    onChanged(id);
                }
            };
            channels.forEach((channel) => listen(channel, 1));
            bus.subscribe(NOTIFICATION, onNotified);
            return () => {
                bus.unsubscribe(NOTIFICATION, onNotified);
                channels.forEach((channel) => listen(channel, -1));
            };
        },
        () => {
            const {resModel, resIds} = getShown();
            return [resModel, JSON.stringify(resIds.filter(Boolean))];
        }
    );
}

/** Loads the form again when the server says that the record's signing went on. */
export class AutentiLive extends Component {
    static template = xml`<t/>`;
    static props = {...standardWidgetProps};

    setup() {
        useNews(
            () => ({
                resModel: this.props.record.resModel,
                resIds: [this.props.record.resId],
            }),
            () => this.reload()
        );
        useBus(this.env.bus, SENT, () => this.props.record.model.load());
    }

    async reload() {
        // What the user is typing is worth more than the news
        if (!(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("autenti_live", {component: AutentiLive});

/** Closes the send dialog at once. Odoo would keep it until the form behind is read. */
async function closeAfterSending(env) {
    const action = {type: "ir.actions.act_window_close", infos: {noReload: true}};
    await env.services.action.doAction(action);
    env.bus.trigger(SENT);
}

registry.category("actions").add("autenti_sent", closeAfterSending);

/**
 * Loads those records of a list or kanban again whose signing went on.
 *
 * @param {Object} controller
 */
function useLiveRecords(controller) {
    const {resModel, fields} = controller.props;
    if (resModel !== "autenti.request" && !("autenti_state" in fields)) {
        return;
    }
    const changedIds = new Set();
    const isShown = () => controller.model.isReady && !controller.model.useSampleModel;
    const reload = useDebounced(async () => {
        const {root} = controller.model;
        const ids = new Set(changedIds);
        changedIds.clear();
        if (root.isGrouped && !root.editedRecord && !root.selection.length) {
            // It may belong to another group now
            await controller.model.load();
            return;
        }
        const changed = root.records.filter(
            (record) => ids.has(record.resId) && !record.isInEdition
        );
        await Promise.all(changed.map((record) => record.load()));
    }, PAUSE);
    useNews(
        () => ({
            resModel,
            resIds: isShown() ? controller.model.root.records.map((r) => r.resId) : [],
        }),
        (id) => {
            changedIds.add(id);
            reload();
        }
    );
    onWillUnmount(() => changedIds.clear());
}

for (const Controller of [ListController, KanbanController]) {
    patch(Controller.prototype, {
        setup() {
            super.setup(...arguments);
            useLiveRecords(this);
        },
    });
}
