declare const LEAKWARDEN_VERSION: string | undefined;

/** The package's version, put in by the build. */
export const VERSION: string = typeof LEAKWARDEN_VERSION === "string" ? LEAKWARDEN_VERSION : "0.0.0-source";
