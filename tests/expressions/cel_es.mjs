// A stock CEL engine for the oracle test. Reads JSON from stdin: [{expr, inputs: [{name: value}]}],
// where whole numbers are {"int": "5"}; prints [[true | false | null | "text of a failure"]].
import { celEnv, parse, plan, isCelError } from "@bufbuild/cel";

let text = "";
for await (const chunk of process.stdin) text += chunk;

const env = celEnv();
const value = (v) => (v !== null && typeof v === "object" && "int" in v ? BigInt(v.int) : v);
const fields = (input) => new Map(Object.entries(input).map(([k, v]) => [k, value(v)]));

function answer(program, input) {
  const result = program({ s: fields(input) });
  if (typeof result === "boolean") return result;
  if (isCelError(result)) return /^(no such key|field not found)/i.test(result.message) ? null : result.message;
  return `not a bool: ${result}`;
}

const out = JSON.parse(text).map(({ expr, inputs }) => {
  try {
    const program = plan(env, parse(expr));
    return inputs.map((input) => answer(program, input));
  } catch (error) {
    return inputs.map(() => `refused: ${error.message}`);
  }
});
process.stdout.write(JSON.stringify(out));
