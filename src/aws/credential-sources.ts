import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { maskSecret } from "../text/mask.ts";
import { installed } from "./clients.ts";
import { readKeyId } from "./key-id.ts";
import { credentialsPath, homeOf } from "./shared-credentials.ts";
import { isSecretKey } from "./stored-pair.ts";

/** What a source gives: `keys` work until somebody deactivates them, everything else for hours. */
export type SourceKind =
  | "keys"
  | "temporary keys"
  | "role"
  | "web identity"
  | "process"
  | "SSO"
  | "console login"
  | "container"
  | "instance metadata";

/** One place that the SDK looks into, in its order. */
export interface CredentialSource {
  readonly where: string;
  /** Null: it has nothing. */
  readonly kind: SourceKind | null;
  /** Masked; null when it is known only after asking. */
  readonly key: string | null;
  /** Why it is passed over, or that it has nothing; null: it is used unless one before it is. */
  readonly skipped: string | null;
  /** Why using it is certain to fail; the SDK tries no other then. */
  readonly failure: string | null;
}

/** A file with credentials or their configuration. */
export interface CredentialFile {
  readonly path: string;
  /** As `0600`; null where files have none. */
  readonly mode: string | null;
  /** Profiles of which long-term keys stand in it in clear. */
  readonly keys: readonly string[];
}

export interface CredentialSources {
  readonly sources: readonly CredentialSource[];
  /** Index of the one that is used; -1: none. */
  readonly winner: number;
  readonly files: readonly CredentialFile[];
  readonly warnings: readonly string[];
}

type Profile = Readonly<Record<string, string | undefined>>;
type Profiles = Readonly<Record<string, Profile>>;

/**
 * Which credentials the AWS SDK for JavaScript would use here and now, found out without asking anybody, running anything or
 * printing a secret. The files are read by the SDK itself.
 */
export async function credentialSources(env: NodeJS.ProcessEnv, now: Date): Promise<CredentialSources> {
  const { loadSharedConfigFiles } = await installed("@smithy/core", () => import("@smithy/core/config"));
  const { configFile, credentialsFile } = (await loadSharedConfigFiles({ ignoreCache: true })) as {
    configFile: Profiles;
    credentialsFile: Profiles;
  };
  const name = env.AWS_PROFILE || "default";
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  const profiles: Profiles = Object.fromEntries(
    [...names].map((id) => [id, { ...configFile[id], ...credentialsFile[id] }]),
  );
  const profile = profiles[name] ?? {};
  const sources = [
    environmentSource(env),
    profileSource(name, profiles, configFile, env, now),
    webIdentitySource(env),
    remoteSource(env),
  ];
  const home = homeOf(env);
  const files = [
    fileOf(credentialsPath(env), credentialsFile),
    fileOf(env.AWS_CONFIG_FILE?.replace(/^~\//, `${home}/`) || join(home, ".aws/config"), configFile),
  ].filter((file) => file !== null);
  return {
    sources,
    winner: sources.findIndex(({ skipped }) => skipped === null),
    files,
    warnings: [
      ...environmentWarnings(env, now),
      ...profileWarnings(name, profile, configFile, credentialsFile, env),
      ...shadowWarnings(env, sources, profile),
      ...files.flatMap((file) => [...fileWarnings(file)]),
    ],
  };
}

const NOTHING = { kind: null, key: null, failure: null } as const;

function environmentSource(env: NodeJS.ProcessEnv): CredentialSource {
  const where = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!id && !secret) return { where, ...NOTHING, skipped: "not set" };
  if (!id || !secret) return { where, ...NOTHING, skipped: "only one of the two is set" };
  const skipped = env.AWS_PROFILE ? `AWS_PROFILE is set, which goes first` : null;
  return { where, ...keysOf(id, token), skipped, failure: null };
}

function keysOf(id: string, token: string | undefined): { kind: SourceKind; key: string } {
  return { kind: token ? "temporary keys" : "keys", key: maskSecret(id, true) };
}

/** In the SDK's order: a role goes before keys in the same profile. */
function profileSource(
  name: string,
  profiles: Profiles,
  configFile: Profiles,
  env: NodeJS.ProcessEnv,
  now: Date,
): CredentialSource {
  const where = `the profile '${name}'`;
  const profile = profiles[name] ?? {};
  const found = (kind: SourceKind, failure: string | null = null, key: string | null = null) => ({
    where: kind === "role" ? `${where}, as ${profile.role_arn}` : where,
    kind,
    key,
    skipped: null,
    failure,
  });
  if (Object.keys(profile).length === 0) return { where, ...NOTHING, skipped: "there is none" };
  if (assumesRole(profile)) return found("role", roleFailure(name, profile, profiles));
  if (profile.aws_access_key_id && profile.aws_secret_access_key) {
    const { kind, key } = keysOf(profile.aws_access_key_id, profile.aws_session_token);
    return found(kind, null, key);
  }
  if (profile.web_identity_token_file && profile.role_arn)
    return found("web identity", missingFile(profile.web_identity_token_file));
  if (profile.credential_process) return found("process");
  if (SSO_KEYS.some((key) => profile[key])) return found("SSO", ssoFailure(profile, configFile, env, now));
  if (profile.login_session) return found("console login");
  return { where, ...NOTHING, skipped: "no credentials are in it" };
}

function missingFile(path: string): string | null {
  return existsSync(path) ? null : `'${path}' does not exist`;
}

const SSO_KEYS = ["sso_start_url", "sso_account_id", "sso_session", "sso_region", "sso_role_name"];

/** With both a source profile and another source, or neither, the SDK passes the role over. */
function assumesRole({ role_arn: role, source_profile: source, credential_source: other }: Profile): boolean {
  return role !== undefined && (source !== undefined) !== (other !== undefined);
}

/** @returns null when nothing is certain to go wrong when the role is assumed */
function roleFailure(
  name: string,
  profile: Profile,
  profiles: Profiles,
  seen: readonly string[] = [],
): string | null {
  const { mfa_serial: mfa, source_profile: source = "", credential_source: other } = profile;
  if (mfa !== undefined) return "it asks for a code of an MFA device, and the SDK cannot ask anybody";
  if (other !== undefined)
    return /^(?:Environment|Ec2InstanceMetadata|EcsContainer)$/.test(other)
      ? null
      : `'${other}' is no source of credentials`;
  const next = profiles[source];
  if (next === undefined) return `it takes its credentials from '${source}', and there is no such profile`;
  if (next.aws_access_key_id && next.aws_secret_access_key) return null;
  if (source === name || seen.includes(source)) return `'${source}' takes its credentials from itself`;
  if (assumesRole(next)) return roleFailure(source, next, profiles, [...seen, name]);
  const others = ["web_identity_token_file", "credential_process", "login_session", ...SSO_KEYS];
  return others.some((key) => next[key]) ? null : `no credentials are in the profile '${source}'`;
}

/** Where one stands with signing in, of the file that the SDK keeps of it. */
function ssoFailure(
  { sso_session: session, sso_start_url: url = "" }: Profile,
  configFile: Profiles,
  env: NodeJS.ProcessEnv,
  now: Date,
): string | null {
  if (session !== undefined && configFile[`sso-session.${session}`] === undefined)
    return `there is no [sso-session ${session}]`;
  const name = createHash("sha1")
    .update(session ?? url)
    .digest("hex");
  const file = join(homeOf(env), ".aws/sso/cache", `${name}.json`);
  const again = "'aws sso login' signs in";
  if (!existsSync(file)) return `nobody is signed in: ${again}`;
  try {
    const { expiresAt = "" } = JSON.parse(readFileSync(file, "utf8")) as { expiresAt?: string };
    const end = new Date(expiresAt);
    return end > now ? null : `signing in has held until ${end.toISOString()}: ${again}`;
  } catch {
    return `'${file}' cannot be read: ${again}`;
  }
}

function webIdentitySource(env: NodeJS.ProcessEnv): CredentialSource {
  const where = "AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN";
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = env;
  if (!file && !role) return { where, ...NOTHING, skipped: "not set" };
  if (!file || !role) return { where, ...NOTHING, skipped: "only one of the two is set" };
  const failure = missingFile(file);
  return { where: `${where}, as ${role}`, kind: "web identity", key: null, skipped: null, failure };
}

function remoteSource(env: NodeJS.ProcessEnv): CredentialSource {
  const uri = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (uri)
    return {
      where: `the container's credentials at ${uri}`,
      kind: "container",
      key: null,
      skipped: null,
      failure: null,
    };
  const where = "the metadata of an EC2 instance, if this is one";
  const off = env.AWS_EC2_METADATA_DISABLED;
  if (off && off !== "false") return { where, ...NOTHING, skipped: "AWS_EC2_METADATA_DISABLED is set" };
  return { where, kind: "instance metadata", key: null, skipped: null, failure: null };
}

function fileOf(path: string, profiles: Profiles): CredentialFile | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const keys = Object.entries(profiles)
    .filter(([, { aws_access_key_id: id, aws_session_token: token }]) => id?.startsWith("AKIA") && !token)
    .map(([profile]) => profile);
  const mode = process.platform === "win32" ? null : `0${(stat.mode & 0o777).toString(8).padStart(3, "0")}`;
  return { path, mode, keys };
}

function* fileWarnings({ path, mode, keys }: CredentialFile): Generator<string> {
  if (mode !== null && (Number.parseInt(mode, 8) & 0o077) !== 0)
    yield `'${path}' has mode ${mode}, so that others of this machine can read it: chmod 600 '${path}'`;
  if (keys.length > 0) {
    const names = keys.map((name) => `'${name}'`).join(", ");
    yield `long-term keys stand in clear in '${path}' (${names}): 'aws configure sso' gives temporary ones, a credential_process keeps them elsewhere`;
  }
}

function* environmentWarnings(env: NodeJS.ProcessEnv, now: Date): Generator<string> {
  const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "", AWS_SESSION_TOKEN: token } = env;
  yield* pairWarnings("the environment", id, secret, token);
  if (!id && token) yield "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID: it is left over, unset it";
  const end = env.AWS_CREDENTIAL_EXPIRATION;
  if (id && end && new Date(end) < now)
    yield `the keys in the environment have expired at ${end}: unset them`;
  const { AWS_REGION: region, AWS_DEFAULT_REGION: other } = env;
  if (region && other && region !== other)
    yield `AWS_REGION is ${region}, and AWS_DEFAULT_REGION ${other}: SDKs go by the first, older tools by the second`;
}

function* pairWarnings(
  where: string,
  id: string,
  secret: string,
  token: string | undefined,
): Generator<string> {
  if (id !== "" && readKeyId(id)?.accessKey !== true)
    yield `the access key ID in ${where} is of no kind that AWS has`;
  if (secret !== "" && !isSecretKey(secret))
    yield `the secret access key in ${where} has ${secret.length} characters, or others than AWS uses: it has 40`;
  if (id.startsWith("AKIA") && token)
    yield `${where} has a session token beside a long-term key: it is left over, and AWS refuses the two together`;
  if (id.startsWith("ASIA") && !token)
    yield `${where} has a temporary key without its session token: AWS refuses it`;
}

function* profileWarnings(
  name: string,
  profile: Profile,
  configFile: Profiles,
  credentialsFile: Profiles,
  env: NodeJS.ProcessEnv,
): Generator<string> {
  const {
    aws_access_key_id: id = "",
    aws_secret_access_key: secret = "",
    aws_session_token: token,
  } = profile;
  if (env.AWS_PROFILE && Object.keys(profile).length === 0)
    yield `AWS_PROFILE names '${name}', and there is no such profile`;
  yield* pairWarnings(`the profile '${name}'`, id, secret, token);
  if (Boolean(id) !== Boolean(secret)) yield `the profile '${name}' has one half of a pair only`;
  const [inConfig, inCredentials] = [
    configFile[name]?.aws_access_key_id,
    credentialsFile[name]?.aws_access_key_id,
  ];
  if (inConfig && inCredentials && inConfig !== inCredentials)
    yield `the profile '${name}' has other keys in the configuration file (${maskSecret(inConfig, true)}) than in the credentials file, which counts`;
  if (assumesRole(profile) && id && profile.source_profile !== name)
    yield `the keys in the profile '${name}' are not used: it assumes ${profile.role_arn}`;
}

function* shadowWarnings(
  env: NodeJS.ProcessEnv,
  [environment, profile]: readonly CredentialSource[],
  { aws_access_key_id: id }: Profile,
): Generator<string> {
  if (environment?.kind == null) return;
  if (env.AWS_PROFILE) {
    yield "AWS_PROFILE and keys in the environment are both set: the SDK for JavaScript takes the profile, the AWS CLI and most others the keys";
  } else if (id && id !== env.AWS_ACCESS_KEY_ID && profile?.kind != null) {
    yield `the keys in the environment hide those of ${profile.where} (${profile.key}), which are others`;
  }
}
