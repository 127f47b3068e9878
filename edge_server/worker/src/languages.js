// Accept-Language, RFC 9110 section 12.4.2. The same as the Python edge's.

const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
const LANGUAGE = /^(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)$/;

/** Pairs of a range in lower case and its weight, heaviest first; bad ones left out. */
function weighted(header) {
  const found = [];
  for (const part of header.split(",")) {
    const [item, ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    let weight = 1;
    for (const parameter of parameters) {
      const cut = parameter.indexOf("=");
      const value = parameter.slice(cut + 1).trim();
      if (cut < 0 ? parameter !== "q" : parameter.slice(0, cut).trim() !== "q") continue;
      weight = cut >= 0 && WEIGHT.test(value) ? Number(value) : -1;
    }
    if (LANGUAGE.test(item) && weight >= 0) found.push([item, weight]);
  }
  return found.sort((left, right) => right[1] - left[1]);
}

/**
 * The language asked for most; null: nothing fits. With `offered`, the first range that names one
 * of them or a wider form of it (RFC 4647 lookup). Without, the first subtag of the best range.
 * @param {string} header
 * @param {readonly string[]} offered
 */
export function bestLanguage(header, offered) {
  const ranges = weighted(header);
  const wanted = ranges.filter(([, weight]) => weight > 0).map(([language]) => language);
  const refused = ranges.filter(([, weight]) => weight === 0).map(([language]) => language);
  if (!offered.length) {
    const best = wanted.find((language) => language !== "*");
    return best === undefined ? null : best.split("-")[0];
  }
  const open = offered.filter((language) => !refused.includes(language.toLowerCase()));
  for (const language of wanted) {
    if (language === "*") return open.length ? open[0] : null;
    for (let name = language; name; name = name.slice(0, Math.max(0, name.lastIndexOf("-")))) {
      const found = open.find((each) => each.toLowerCase() === name);
      if (found !== undefined) return found;
    }
  }
  return null;
}
