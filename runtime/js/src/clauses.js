// A shape as clauses: lists of literals of which one whole list must be true.

const MOST = 8;

/**
 * The clauses of a shape's node, each a list of the places of its literals. Where there would be too
 * many, some literals are left out and `exact` is false: then a clause says only what must be true.
 */
export function clausesOf(node) {
  if (typeof node === "number") return { clauses: [[node]], exact: true };
  if (typeof node === "boolean") return { clauses: node ? [[]] : [], exact: true };
  let clauses = node.any ? [] : [[]], exact = true;
  for (const term of node.terms) {
    const below = clausesOf(term);
    exact = exact && below.exact;
    if (node.any) {
      clauses = clauses.concat(below.clauses);
      if (clauses.length > MOST) return { clauses: [[]], exact: false };
    } else if (clauses.length * below.clauses.length > MOST) exact = false;
    else {
      const product = [];
      for (const left of clauses) for (const right of below.clauses) product.push(left.concat(right));
      clauses = product;
    }
  }
  return { clauses, exact };
}
