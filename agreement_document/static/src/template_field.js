// Copyright 2026 autenti_esign contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {HtmlField, htmlField} from "@html_editor/fields/html_field";
import {Plugin} from "@html_editor/plugin";
import {registry} from "@web/core/registry";

const NAME_ATTRIBUTE = "data-placeholder-name";
const FIELD_PATH = /\bobject((?:\.\w+)+)/;

/**
 * Shows what a placeholder stands for by the names of its fields.
 *
 * The editor itself shows the expression, such as `object.partner_id.vat`.
 */
class PlaceholderNamesPlugin extends Plugin {
    static id = "placeholderNames";
    resources = {
        clean_for_save_handlers: ({root}) => this.hideNames(root),
        clipboard_content_processors: this.hideNames.bind(this),
        normalize_handlers: this.showNames.bind(this),
        system_attributes: [NAME_ATTRIBUTE],
    };

    showNames(root) {
        for (const element of root.querySelectorAll("[t-out]")) {
            this.showName(element);
        }
    }

    async showName(element) {
        const expression = element.getAttribute("t-out");
        const path = expression.match(FIELD_PATH)?.[1].slice(1);
        const {isInvalid, displayNames} = await this.services.field.loadPathDescription(
            this.config.dynamicPlaceholderResModel,
            path
        );
        if (isInvalid) {
            // The expression, which is wrong, tells more
            element.removeAttribute(NAME_ATTRIBUTE);
        } else {
            element.setAttribute(NAME_ATTRIBUTE, displayNames.join(": "));
        }
    }

    hideNames(root) {
        for (const element of root.querySelectorAll(`[${NAME_ATTRIBUTE}]`)) {
            element.removeAttribute(NAME_ATTRIBUTE);
        }
    }
}

class TemplateField extends HtmlField {
    getConfig() {
        const config = super.getConfig();
        return {...config, Plugins: [...config.Plugins, PlaceholderNamesPlugin]};
    }
}

registry.category("fields").add("agreement_template", {
    ...htmlField,
    component: TemplateField,
    // Looks as any field with HTML
    additionalClasses: ["o_field_html"],
});
