/** What the shop has, by id. `tint`: another colour of the same drawing. */
export const PRODUCTS = {
  ridge: {
    kind: "shoes",
    name: "Ridge Low",
    price: 139,
    text: "A low shoe for long days. Grips on wet rock, dries overnight.",
  },
  gale: { kind: "tents", name: "Gale 2", price: 420, text: "Two people, 1.9 kilos, four pegs in a storm." },
  haul: {
    kind: "packs",
    name: "Haul 45",
    price: 189,
    text: "Forty-five litres and a frame that carries them.",
  },
  creek: {
    kind: "shoes",
    tint: "tint-1",
    name: "Creek Mid",
    price: 169,
    text: "Over the ankle, through the water.",
  },
  lull: {
    kind: "tents",
    tint: "tint-1",
    name: "Lull 1",
    price: 310,
    text: "For one. Stands without a tree, a friend or a plan.",
  },
  dash: {
    kind: "packs",
    tint: "tint-1",
    name: "Dash 18",
    price: 79,
    text: "For the summit and for the bakery.",
  },
  slate: {
    kind: "shoes",
    tint: "tint-2",
    name: "Slate GT",
    price: 199,
    text: "Stiff enough for crampons, soft enough for the way down.",
  },
  stow: {
    kind: "packs",
    tint: "tint-2",
    name: "Stow 30",
    price: 129,
    text: "Opens like a case, closes like a pack.",
  },
};
