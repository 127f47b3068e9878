// Programs that are started here, and ended here.
import { spawn } from "node:child_process";

const PATIENCE = 120000; // ms
const LONG = 2000; // characters of what a program complained about

const textOf = (chunks) => Buffer.concat(chunks).toString("utf8");

/** What a program writes to its standard output; an error if it fails or takes too long. */
export function outputOf(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = started(program, args, options), out = [], told = [];
    const late = setTimeout(() => ended(child), PATIENCE);
    child.stdout.on("data", (data) => out.push(data));
    child.stderr.on("data", (data) => told.push(data));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(late);
      if (code === 0) resolve(textOf(out));
      else reject(new Error(`${program} ended with ${code ?? signal}: ${textOf(told).slice(-LONG)}`));
    });
  });
}

/** A child with a process group of its own, so that it can be ended with its children. */
export function started(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options, detached: true });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

/** Ends a child and its children. */
export function ended(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

const running = new Set();
process.on("exit", () => running.forEach(ended));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
