// What the script for Hermes does.
import { fortnight } from "./phone.mjs";

fortnight().then(
  (lines) => print(JSON.stringify(lines)),
  (error) => print(String(error.stack)),
);
