export function wasmAsModule(path: string): string;

/** `load` is the program's `loadRuleFile`. */
export function loadBuiltinRuleFiles<T>(load: (file: string, text: string) => T): T[];
