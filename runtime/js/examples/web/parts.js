// Small pieces of the page. Text is always text: nothing here writes markup.

/** An element with attributes (functions are listeners) and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** One of the drawings of index.html; it says nothing that the words do not. */
export function art(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("viewBox", "0 0 480 360");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `art art-${name}`);
  use.setAttribute("href", `#art-${name}`);
  svg.append(use);
  return svg;
}

/** A product that opens when it is chosen. */
export function card(id, { kind, name, price, tint = "" }, open) {
  const look = make(
    "button",
    { class: "look", type: "button", "data-product": id, click: () => open(id) },
    name,
  );
  return make(
    "li",
    { class: `card ${kind} ${tint}` },
    art(kind),
    make("p", {}, look, make("span", { class: "price" }, `${price}.00`)),
  );
}
