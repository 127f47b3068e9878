// A fortnight on a phone: what Hermes and Node play alike. Gives lines of what was seen.
import { fromBase64, toBase64 } from "../react-native/base64.js";
import { Device } from "../react-native/device.js";
import { BUNDLE } from "../web/bundle.js";

const HOUR = 3600000;
const DAY = 24 * HOUR;
const BEGUN = 1795000000000;

/** A store of texts that takes its time, and can fail. */
function phone() {
  const host = {
    text: null,
    clock: BEGUN,
    id: null,
    broken: false,
    writes: 0,
    failures: 0,
    bundle: async () => BUNDLE,
    read: async () => {
      if (host.broken) throw new Error("unreadable");
      return host.text;
    },
    write: async (text) => {
      await Promise.resolve();
      if (host.broken) throw new Error("no room");
      host.writes++;
      host.text = text;
    },
    now: () => host.clock,
    session: () => host.id,
    failed: () => host.failures++,
  };
  return host;
}

export async function fortnight() {
  const lines = [];
  const host = phone();
  const see = (what, device) =>
    lines.push(
      `${what}: ${["hero", "picks", "tip"]
        .map((surface) => {
          const { variant, reason, explanation } = device.decide(surface);
          return `${variant} ${reason} ${explanation}`;
        })
        .join(" / ")}`,
    );
  const bytes = (device) =>
    Array.from(device.state.bytes, (byte) => (256 + byte).toString(16).slice(1)).join("");

  let device = await Device.open(host, ["personalization"]);
  let heard = 0;
  const stop = device.subscribe(() => heard++);
  see("first", device);
  const look = (kind) =>
    device.change((state, { now, session }) =>
      state.recordEvent("product_viewed", { kind }, { now, session }),
    );
  // Three at once: none is lost, and the last write has them all.
  const taken = await Promise.all([look("shoes"), look("shoes"), look("tents")]);
  see(`looked ${taken}, ${host.writes} writes, heard ${heard}`, device);
  stop();
  await device.change((state, { now }) => state.recordShown(device.decide("hero"), null, { now }));
  lines.push(`heard ${heard}`, bytes(device));

  host.clock += 2 * DAY;
  host.id = "second day";
  device = await Device.open(host, ["personalization"]);
  await device.resume();
  see("opened again", device);
  lines.push(`warning ${device.state.warning}, session ${device.state.export().session.number}`);
  await device.change((state, { now }) => state.notInterested({ surface: "hero", variant: "shoes", now }));
  see("not interested", device);
  await device.change((state, { now }) => state.undo(state.controls[0], { now }));
  for (let i = 0; i < 3; i++) await look("packs");
  see("packs", device);
  const writes = host.writes;
  await device.resume();
  lines.push(`nothing changed, ${host.writes - writes} writes`, bytes(device));

  host.broken = true;
  await look("tents");
  lines.push(`no room, ${host.failures} failures`);
  see("goes on in memory", device);
  host.broken = false;
  await look("tents");
  lines.push(`kept again: ${toBase64(device.state.bytes) === host.text}`);

  await device.grant([]);
  see("consent taken back", device);
  await device.grant(["personalization"]);
  await look("tents");
  await look("tents");
  see("granted", device);
  await device.change((state, { now }) => state.turnOff({ now }));
  see("off", device);
  host.text = `${host.text.slice(0, -8)}%%%%%%%%`;
  device = await Device.open(host, []);
  lines.push(`damaged: ${device.state.warning.code}`, bytes(device));
  host.broken = true;
  device = await Device.open(host, []);
  lines.push(`unreadable: ${device.state.warning}, ${host.failures} failures`);
  for (const bad of ["A", "AAAA=", "AA A", "%%%%"]) lines.push(`${bad}: ${fromBase64(bad)}`);
  try {
    await Device.open({ ...host, bundle: async () => "AAAA" }, []);
  } catch (error) {
    lines.push(error.code);
  }
  return lines;
}
