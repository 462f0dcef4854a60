declare const LEAKWARDEN_VERSION: string | undefined;
declare const LEAKWARDEN_BUILD: string | undefined;

/** The package's version, put in by the build. */
export const VERSION: string = typeof LEAKWARDEN_VERSION === "string" ? LEAKWARDEN_VERSION : "0.0.0-source";

/** Tells one build from another: a digest of the sources. What one has found out another must find out itself. */
export const BUILD: string = typeof LEAKWARDEN_BUILD === "string" ? LEAKWARDEN_BUILD : VERSION;
