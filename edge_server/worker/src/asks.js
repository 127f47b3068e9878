// POST /decide: the body of a request, bounded and checked. The same members as POST /v1/decide of
// the Python edge (docs/EDGE.md), but for `now`; `given` is this one's own.
import { Observed } from "tacit-runtime";
import { Problem } from "./problems.js";
import { isObject, optionalText, parseRecords } from "./records.js";

const MOST = { bytes: 65536, signals: 256, surfaces: 256, purposes: 64, records: 64, purpose: 64 };
const SURFACE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const OF_STATE = ["records", "shown", "session", "export"];
const MEMBERS = [...OF_STATE, "signals", "surfaces", "consent", "observed_at", "given"];

const invalid = (detail) => {
  throw new Problem("invalid_request", detail);
};

/**
 * Throws Problem, which quotes nothing of the body.
 * @param {Request} request
 * @param {boolean} keepsState whether records can be kept here
 */
export async function readAsk(request, keepsState) {
  if (request.method !== "POST") throw new Problem("method_not_allowed");
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(request.headers.get("Content-Type") || "")) {
    throw new Problem("unsupported_media_type");
  }
  const value = parsed(await bodyOf(request));
  if (!isObject(value)) invalid("the body must be an object");
  const members = Object.keys(value);
  if (!members.every((name) => MEMBERS.includes(name))) invalid(`members are ${MEMBERS.join(", ")}`);
  if (!keepsState && members.some((name) => OF_STATE.includes(name))) throw new Problem("records_not_kept");
  return {
    signals: signalsOf(value),
    surfaces: surfacesOf(value),
    consent: consentOf(value),
    records: "records" in value ? parseRecords(value.records, MOST.records) : null,
    shown: flagOf(value, "shown"),
    session: optionalText(value.session, "session"),
    export: flagOf(value, "export"),
    given: flagOf(value, "given"),
  };
}

async function bodyOf(request) {
  const tooLarge = () => new Problem("body_too_large", `at most ${MOST.bytes} bytes`);
  if (Number(request.headers.get("Content-Length")) > MOST.bytes) throw tooLarge();
  if (!request.body) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if ((size += part.value.length) > MOST.bytes) throw tooLarge();
      text += decoder.decode(part.value, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("malformed_json", "not UTF-8");
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("malformed_json");
  }
}

function signalsOf({ signals = {}, observed_at: times = {} }) {
  if (!isObject(signals)) invalid("signals must be an object");
  if (!isObject(times)) invalid("observed_at must be an object");
  for (const each of [signals, times]) {
    if (Object.keys(each).length > MOST.signals)
      throw new Problem("too_many_signals", `at most ${MOST.signals}`);
  }
  if (!Object.values(times).every((at) => Number.isSafeInteger(at) && at >= 0)) {
    invalid("observed_at must hold whole milliseconds since 1970");
  }
  const observed = Object.keys(times).filter((name) => Object.keys(signals).includes(name));
  return {
    ...signals,
    ...Object.fromEntries(observed.map((name) => [name, new Observed(signals[name], times[name])])),
  };
}

function surfacesOf({ surfaces = null }) {
  if (surfaces === null) return null;
  if (!Array.isArray(surfaces)) invalid("surfaces must be a list");
  if (surfaces.length > MOST.surfaces) throw new Problem("too_many_surfaces", `at most ${MOST.surfaces}`);
  if (!surfaces.every((name) => typeof name === "string" && SURFACE.test(name)))
    invalid("a surface has no such name");
  return surfaces;
}

/** null: the request does not say, and the worker's own reader does. */
function consentOf({ consent = null }) {
  if (consent === null) return null;
  const isPurpose = (each) => typeof each === "string" && each.length > 0 && each.length <= MOST.purpose;
  if (!Array.isArray(consent) || consent.length > MOST.purposes || !consent.every(isPurpose)) {
    invalid("consent must be a list of purposes");
  }
  return consent;
}

function flagOf(value, name) {
  const found = value[name] ?? false;
  return typeof found === "boolean" ? found : invalid(`${name} must be true or false`);
}
