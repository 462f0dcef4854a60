export function builtinRulesJson(): Promise<string>;
