// An engine, or a tool for it, that is not on this machine.

export class Missing extends Error {}

/** A package of npm. */
export async function brought(name) {
  try {
    return await import(name);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Missing(`the npm package ${name} is not installed (npm install in runtime/js)`);
  }
}
