// The examples import the runtime by its name, which is the built package; tests take its sources.
import { register } from "node:module";

const hooks = `
const sources = ${JSON.stringify(new URL("../../src/", import.meta.url).href)};
export const resolve = (name, context, next) =>
  /^tacit-runtime(\\/|$)/.test(name)
    ? next(sources + (name.slice(14) || "index") + ".js", context)
    : next(name, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

export const { Device } = await import("../react-native/device.js");
export const { fortnight } = await import("./phone.mjs");
