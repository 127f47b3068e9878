// A coarse class of device from a request. A few words in a text that anyone can forge: good enough
// to choose a layout, for nothing else. The same as the Python edge's.

const BOT = new RegExp(
  "bot\\b|bot/|crawl|spider|slurp|headless|preview|facebookexternalhit|monitor|lighthouse" +
    "|^curl/|^wget/|^python-|^go-http-client|^java/|^okhttp/|^libwww|^axios/|^node",
  "i",
);
const TABLET = /ipad|tablet|kindle|silk\/|playbook/i;
const MOBILE = /mobi|iphone|ipod|windows phone|opera mini/i;
const ANDROID = /android/i;

/**
 * `mobile`, `tablet`, `desktop` or `bot`, from `User-Agent` and `Sec-CH-UA-Mobile`; null without
 * either. The hint wins where it speaks, except that a bot stays a bot, and that `?0`, which tablets
 * send too, leaves tablet or desktop to the user agent.
 * @param {string | null} userAgent
 * @param {string | null} hint
 */
export function deviceClass(userAgent, hint) {
  const agent = userAgent || "";
  if (BOT.test(agent)) return "bot";
  if (hint === "?1") return "mobile";
  if (TABLET.test(agent)) return "tablet";
  if (hint !== "?0" && MOBILE.test(agent)) return "mobile";
  // Android without "Mobile" is how tablets say what they are.
  if (ANDROID.test(agent)) return "tablet";
  return agent || hint === "?0" ? "desktop" : null;
}
