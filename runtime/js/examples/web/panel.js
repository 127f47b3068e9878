// What the person sees of what this browser keeps, and may change.
import { make } from "./parts.js";

const find = (id) => document.getElementById(id);

const PLACES = { hero: "at the top", picks: "among the picks", tip: "as a hint" };
const TOLD_MS = 12000;

/** How a control reads. */
function inWords({ kind, strength, target, variant }) {
  const what = kind === "topic" ? `about ${target}` : `${variant || "anything"} ${PLACES[target]}`;
  return strength === "less_of" ? `Less ${what}, for a month` : `Not interested: ${what}`;
}

/**
 * @param {import("./device.js").Device} device
 * @param {Record<string, (...given: any[]) => void>} does
 */
export function showPanel({ state, consent, isKept }, does) {
  const asked = consent !== null;
  find("ask").hidden = asked || state.isOff;
  find("remember").checked = asked && consent.length > 0;
  find("remember").disabled = state.isOff;
  find("off").textContent = state.isOff ? "Switch personalization on" : "Switch personalization off";
  find("off").setAttribute("aria-pressed", String(state.isOff));
  const where = isKept ? "in this browser" : "until this page is closed, as the browser keeps nothing,";
  find("size").textContent = `${state.bytes.length} bytes, ${where} and nowhere else`;
  const said = state.controls.map((control) =>
    make(
      "li",
      {},
      inWords(control),
      make("button", { type: "button", class: "say", click: () => does.undo(control) }, "Undo"),
    ),
  );
  find("said").replaceChildren(...said);
  find("nothing-said").hidden = said.length > 0;
  const text = JSON.stringify(state.export(), null, 2);
  find("export").textContent = text;
  find("save").href = `data:application/json;charset=utf-8,${encodeURIComponent(text)}`;
}

/** Tells what has happened, for a while; with a way back where there is one. */
export function tell(text, undo = null) {
  const way = undo
    ? [make("button", { type: "button", class: "say", id: "undo-last", click: undo }, "Undo")]
    : [];
  const words = make("span", {}, text);
  find("told").replaceChildren(words, ...way);
  // The button that was pressed is gone with what it spoke of.
  if (undo && document.activeElement === document.body) way[0].focus();
  setTimeout(
    () =>
      words.isConnected && !find("told").contains(document.activeElement) && find("told").replaceChildren(),
    TOLD_MS,
  );
}
