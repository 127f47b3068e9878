// What a request is refused with: application/problem+json (RFC 9457), codes as the Python edge's.
// Nothing of the request is quoted.

const PROBLEMS = {
  malformed_json: [400, "the body is not JSON"],
  invalid_request: [400, "the body is not a decide request"],
  too_many_signals: [400, "the request carries too many signals"],
  too_many_surfaces: [400, "the request names too many surfaces"],
  too_many_records: [400, "the request carries too many records"],
  records_not_kept: [400, "this worker keeps no state to record in"],
  method_not_allowed: [405, "this path does not take this method"],
  body_too_large: [413, "the body is too large"],
  unsupported_media_type: [415, "the body must be plain application/json"],
  internal_error: [500, "the worker failed"],
  no_bundle: [503, "no bundle has been loaded yet"],
};

export class Problem extends Error {
  /** @param {keyof typeof PROBLEMS} code */
  constructor(code, detail = undefined) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/** The reply for whatever was thrown. */
export function problemReply(error) {
  const code = error instanceof Problem ? error.code : "internal_error";
  const [status, title] = PROBLEMS[code];
  const detail = error instanceof Problem ? error.detail : undefined;
  const headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  if (status === 405) headers.Allow = "POST";
  return new Response(JSON.stringify({ code, status, title, detail }), { status, headers });
}
