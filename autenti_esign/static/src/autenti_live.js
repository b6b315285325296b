import {Component, useEffect, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const NOTIFICATION = "autenti_esign/changed";

/** Loads the form again when the server says that the record's signing went on. */
export class AutentiLive extends Component {
    static template = xml`<t/>`;
    static props = {...standardWidgetProps};

    setup() {
        const bus = useService("bus_service");
        useEffect(
            (resModel, resId) => {
                if (!resId) {
                    return;
                }
                const channel = `autenti_esign/${resModel}/${resId}`;
                const onChanged = (changed) => {
                    if (changed.model === resModel && changed.id === resId) {
                        this.reload();
                    }
                };
                bus.addChannel(channel);
                bus.subscribe(NOTIFICATION, onChanged);
                return () => {
                    bus.unsubscribe(NOTIFICATION, onChanged);
                    bus.deleteChannel(channel);
                };
            },
            () => [this.props.record.resModel, this.props.record.resId]
        );
    }

    async reload() {
        // What the user is typing is worth more than the news
        if (!(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("autenti_live", {component: AutentiLive});
