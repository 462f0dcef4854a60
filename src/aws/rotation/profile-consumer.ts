import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { FileError, systemReason, UsageError } from "../../errors.ts";
import { replaceFile } from "../../state/replace-file.ts";
import { installed, type KeyPair } from "../clients.ts";
import { credentialsPath, SharedCredentials } from "../shared-credentials.ts";
import type { Consumer, Handover } from "./consumer.ts";

/** A profile in the shared credentials file. Until the old key is deleted it stands there as a profile of its own. */
export class ProfileConsumer implements Consumer {
  readonly what: string;
  readonly readable = true;
  readonly failsWhole = true;
  private readonly profile: string;
  private readonly previous: string;
  private readonly path: string;

  constructor(env: NodeJS.ProcessEnv, profile: string) {
    this.profile = profile;
    this.previous = `${profile}-before-rotation`;
    this.path = credentialsPath(env);
    this.what = `the profile '${profile}' in '${this.path}'`;
  }

  /** @returns "" when there is no such profile yet, "profile" when there is one without a pair */
  async check({ old, user }: Handover): Promise<string> {
    if (!/^[^\s[\];#]+$/.test(this.profile))
      throw new UsageError(`'${this.profile}' is no name of a profile`, "use letters, digits, '-' and '_'");
    this.requireWritable();
    await this.requireInUse();
    const file = this.load();
    const pair = file.read(this.profile);
    if (file.hasHalf(this.profile))
      throw new UsageError(
        `${this.what} holds one half of a pair`,
        "complete it or take it out; nothing was changed",
      );
    if (file.has(this.previous))
      throw new UsageError(
        `there is a profile '${this.previous}' already, which is where the old key would be kept`,
        "rename it or take it out; nothing was changed",
      );
    if (pair !== null && pair.id !== old) {
      throw new UsageError(
        `${this.what} holds ${pair.id}, which is not the key of ${user} that is replaced (${old})`,
        "name the profile of this key; nothing was changed",
      );
    }
    return pair !== null ? "pair" : file.has(this.profile) ? "profile" : "";
  }

  async put(pair: KeyPair): Promise<void> {
    const file = this.load();
    const before = file.read(this.profile);
    if (before?.id === pair.id) return;
    if (before !== null) file.write(this.previous, before);
    file.write(this.profile, pair);
    this.save(file);
  }

  /** As programs read it: by the SDK. */
  async read(): Promise<KeyPair | null> {
    const {
      aws_access_key_id: id,
      aws_secret_access_key: secret,
      aws_session_token: token,
    } = await this.values();
    return id === undefined || secret === undefined ? null : { id, secret, token: token ?? null };
  }

  canRestore(before: string, { old }: Handover): boolean {
    const file = this.load();
    return before !== "pair" || file.read(this.previous) !== null || file.read(this.profile)?.id === old;
  }

  async restore(before: string, { old }: Handover, fresh: string): Promise<boolean> {
    const file = this.load();
    const pair = file.read(this.previous);
    const held = file.read(this.profile)?.id ?? "";
    if (held !== fresh) return held === (before === "pair" ? old : "");
    if (pair !== null) file.write(this.profile, pair);
    else if (before === "") file.remove(this.profile);
    else file.removePair(this.profile);
    file.remove(this.previous);
    this.save(file);
    return true;
  }

  async settle(): Promise<void> {
    const file = this.load();
    if (!file.has(this.previous)) return;
    file.remove(this.previous);
    this.save(file);
  }

  private async values(): Promise<Readonly<Record<string, string | undefined>>> {
    const { loadSharedConfigFiles } = await installed("@smithy/core", () => import("@smithy/core/config"));
    const { configFile, credentialsFile } = await loadSharedConfigFiles({
      filepath: this.path,
      ignoreCache: true,
    });
    return { ...configFile[this.profile], ...credentialsFile[this.profile] };
  }

  private load(): SharedCredentials {
    if (!existsSync(this.path)) return new SharedCredentials("");
    try {
      return new SharedCredentials(readFileSync(this.path, "utf8"));
    } catch (error) {
      throw new FileError(`'${this.path}' cannot be read: ${systemReason(error)}`, { cause: error });
    }
  }

  /** A link stays one. */
  private save(file: SharedCredentials): void {
    replaceFile(existsSync(this.path) ? realpathSync(this.path) : this.path, file.toString());
  }

  private requireWritable(): void {
    const real = existsSync(this.path) ? realpathSync(this.path) : this.path;
    const hint = "make it writable, or hand the key to something else; nothing was changed";
    // Root may write it all the same; somebody has said that nobody shall.
    if (existsSync(real) && (statSync(real).mode & 0o200) === 0)
      throw new FileError(`'${real}' is read-only`, { hint });
    let folder = dirname(real);
    while (!existsSync(folder)) folder = dirname(folder);
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw new FileError(`'${folder}' cannot be written to: ${systemReason(error)}`, { hint, cause: error });
    }
  }

  /** A profile with a role takes its credentials from there, whatever keys stand in it. */
  private async requireInUse(): Promise<void> {
    const { role_arn: role, source_profile: source, credential_source: other } = await this.values();
    if (role === undefined || source === this.profile || Boolean(source) === Boolean(other)) return;
    throw new UsageError(
      `the profile '${this.profile}' assumes ${role}, so that a key in it would not be used`,
      "name the profile that it takes its credentials from (source_profile)",
    );
  }
}
