// What the device's state has to do with one surface, for explanations.

export const armOf = () => ({});
export const guardrails = () => null;
export const isUnwanted = () => null;
export const remembered = () => null;
export const storedOf = () => null;
export const lacksItem = () => false;
