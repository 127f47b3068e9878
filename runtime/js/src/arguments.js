// What imports of their own are given: looked at by what it has, so that no class comes along.
import { reject } from "./errors.js";

/** The program of a bundle of either import. */
export const programOf = (bundle) => (bundle && bundle._p) || reject(206);

/** What a state remembers. */
export const dataOf = (state) => (state && state._data) || reject(204);
