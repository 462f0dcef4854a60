export function wasmAsModule(path: string): string;
