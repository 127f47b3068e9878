// Prints the public CEL conformance suite as JSON: {suite: [{path, expr, ...}]}.
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import { tests as parsing } from "@bufbuild/cel-spec/testdata/parsing.js";
import { tests as checking } from "@bufbuild/cel-spec/testdata/checking.js";
import { tests as comprehension } from "@bufbuild/cel-spec/testdata/comprehension.js";

function* cases(suite, path = []) {
  const here = [...path, suite.name];
  for (const { original, type, error } of suite.tests ?? []) {
    yield { ...original, path: here.join("/"), type, error };
  }
  for (const inner of suite.suites ?? []) yield* cases(inner, here);
}

const out = {};
for (const [name, suite] of Object.entries({ conformance, parsing, checking, comprehension })) {
  out[name] = [...cases(suite)];
}
process.stdout.write(JSON.stringify(out));
