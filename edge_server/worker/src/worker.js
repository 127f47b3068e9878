// The worker of the shop in bundles/storefront. Copy the folder and change this file: what is read
// from a request, and where bundle and pages come from.
//
//     tacit build bundles/storefront --no-debug --no-audit -o edge_server/worker/shop.tacit
import bundle from "../shop.tacit";
import { createEdge } from "./edge.js";
import { cookie, country, device, language, query } from "./readers.js";

export default createEdge((env) => ({
  bundle,
  bundleUrl: env.TACIT_BUNDLE_URL || null,
  bundleMaxAge: Number(env.TACIT_BUNDLE_MAX_AGE || 60000),
  origin: env.TACIT_ORIGIN || null,
  stateKeys: env.TACIT_STATE_KEYS || null,
  signals: {
    country: country("CF-IPCountry"),
    language: language(["en", "de", "fr", "es", "it", "nl"]),
    device_class: device(),
    campaign: query("utm_campaign"),
    install_id: cookie("install_id"),
    loyalty_tier: cookie("loyalty_tier"),
  },
  // Purposes with a dot between them, as your consent banner leaves them.
  consent: cookie("consent", (value) => value.split(".")),
  // Pages of the shop and what shows there; all others show everything.
  shows: (url) => (url.pathname === "/checkout" ? ["shipping_bar", "cookie_notice"] : null),
}));
