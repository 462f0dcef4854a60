export function builtinRulesJson(): Promise<string>;
export function wasmAsModule(path: string): string;
