// The places of the page that are decided, each with what it shows, why, and what the person may say.
import { art, card, make } from "./parts.js";
import { PRODUCTS } from "./products.js";

const CONTENT = {
  hero: ({ title, text, action, art: name, kind }, { go }) => [
    make(
      "div",
      { class: "words" },
      make("h1", {}, title),
      make("p", { class: "lead" }, text),
      make("button", { class: "primary", type: "button", click: () => go(kind) }, action),
    ),
    make("div", { class: "picture" }, art(name)),
  ],
  picks: ({ title, products }, { open }) => [
    make("h2", {}, title),
    make("ul", { class: "cards three" }, ...products.map((id) => card(id, PRODUCTS[id], open))),
  ],
  tip: ({ title, text, action }, { readGuide, dismissTip }) => [
    make("div", {}, make("h2", {}, title), make("p", {}, text)),
    make(
      "div",
      { class: "row" },
      make("button", { class: "primary", type: "button", click: readGuide }, action),
      make("button", { class: "quiet", type: "button", click: dismissTip }, "No, thank you"),
    ),
  ],
};
export const SLOTS = Object.keys(CONTENT);

/** What everybody sees, and why. */
const PLAIN = { OPTED_OUT: "You have switched personalization off, so you see what everybody sees." };

/**
 * Shows a decision in its place.
 * @param {HTMLElement} place
 * @param {import("tacit-runtime").Decision} decision
 * @param {Record<string, (...given: any[]) => void>} does what the buttons do
 */
export function show(place, decision, does) {
  const { surface, variant, content } = decision;
  const personal = decision.explanation !== null;
  place.hidden = content === null;
  place.dataset.variant = variant;
  place.dataset.reason = decision.reason;
  if (content === null) return place.replaceChildren();
  const saying = personal ? ways(surface, variant, content, does) : [];
  place.replaceChildren(
    ...CONTENT[surface](content, does),
    make("div", { class: "why" }, why(decision), ...saying),
  );
}

/** First what shows, then why. */
function why({ content, reason, explanation }) {
  const because = explanation || PLAIN[reason] || "Everybody sees this.";
  return make(
    "p",
    {},
    make("span", { class: "what" }, `You see “${content.title}”.`),
    " ",
    make("span", { class: "because" }, because),
  );
}

function ways(surface, variant, { title, topic = null }, { notInterested, lessOf }) {
  const never = make(
    "button",
    {
      type: "button",
      class: "say",
      "aria-label": `Not interested in “${title}”`,
      click: () => notInterested({ surface, variant }, title),
    },
    "Not interested",
  );
  if (topic === null) return [make("div", { class: "row" }, never)];
  const less = make(
    "button",
    { type: "button", class: "say", click: () => lessOf({ topic }, topic) },
    `Less about ${topic}`,
  );
  return [make("div", { class: "row" }, never, less)];
}
