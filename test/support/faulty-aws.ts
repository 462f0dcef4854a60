import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll } from "vitest";

/** A call that a program under test has made. */
export interface Call {
  /** `iam:CreateAccessKey` */
  readonly name: string;
  /** ID of the key that signed it. */
  readonly key: string;
  readonly region: string;
  readonly body: string;
  /** How many came before it. */
  readonly index: number;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What happens to a call; null: the service answers it; `lost`: nobody does. */
export type Fault = (call: Call) => Reply | "lost" | null;

/**
 * Stands in front of the service and does what it does not: new keys that are unknown for a while, inactive ones that are
 * refused, calls that are throttled or denied, event history, answers that are changed on their way.
 */
export class FaultyAws {
  readonly calls: Call[] = [];
  fault: Fault = () => null;
  /** Changes an answer of the service. */
  rewrite: (call: Call, body: string) => string = (_, body) => body;
  /** Called before a call goes to the service, and when its answer is there. */
  watch: (call: Call, answered: boolean) => void | Promise<void> = () => {};
  /** How many calls with a new key are refused. */
  youngCalls = 0;
  private readonly young = new Map<string, number>();
  private readonly inactive = new Set<string>();
  private readonly target: URL;
  private readonly server: Server;

  private constructor(target: URL) {
    this.target = target;
    this.server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        this.answer(incoming, Buffer.concat(chunks)).then(
          ({ status, body, headers }) => outgoing.writeHead(status, headers).end(body),
          () => outgoing.destroy(),
        );
      });
    });
  }

  static async start(target: string): Promise<FaultyAws> {
    const proxy = new FaultyAws(new URL(target));
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    const call = callOf(incoming, body.toString("utf8"), this.calls.length);
    this.calls.push(call);
    const reply = this.refusal(call) ?? this.fault(call);
    if (reply === "lost") throw new Error("lost");
    if (reply !== null) return reply;
    await this.watch(call, false);
    const { status, headers, body: text } = await this.forward(incoming, body);
    this.learn(call, text);
    await this.watch(call, true);
    return {
      status,
      headers: { "content-type": headers["content-type"] ?? "" },
      body: this.rewrite(call, text),
    };
  }

  /** IAM is slow to know of keys and quick to forget them; the service behind knows nothing of it. */
  private refusal(call: Call): Reply | null {
    const left = this.young.get(call.key) ?? 0;
    if (left > 0) this.young.set(call.key, left - 1);
    if (left === 0 && !this.inactive.has(call.key)) return null;
    return failure(
      call,
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
      403,
    );
  }

  private learn({ name, body }: Call, answer: string): void {
    const fields = new URLSearchParams(body);
    if (name === "iam:CreateAccessKey") {
      const id = /<AccessKeyId>(\w+)</.exec(answer)?.[1];
      if (id !== undefined) this.young.set(id, this.youngCalls);
    }
    if (name !== "iam:UpdateAccessKey") return;
    const id = fields.get("AccessKeyId")!;
    if (fields.get("Status") === "Inactive") this.inactive.add(id);
    else this.inactive.delete(id);
  }

  private forward(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: Record<string, string | undefined>; body: string }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.target;
      const { method, url: path, headers } = incoming;
      const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode!,
            headers: answer.headers as Record<string, string | undefined>,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}

/**
 * One for all tests of a file, which finds no faults when a test begins.
 * @param started gets it
 */
export function useFaultyAws(target: string, started: (proxy: FaultyAws) => void): void {
  let proxy: FaultyAws;
  beforeAll(async () => {
    proxy = await FaultyAws.start(target);
    started(proxy);
  });
  afterEach(() => {
    proxy.fault = () => null;
    proxy.rewrite = (_, body) => body;
    proxy.watch = () => {};
    proxy.youngCalls = 0;
  });
  afterAll(() => proxy.stop());
}

/** `Authorization: AWS4-HMAC-SHA256 Credential=AKIA…/20261127/us-east-1/iam/aws4_request, …` */
function callOf({ headers }: IncomingMessage, body: string, index: number): Call {
  const [, key = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const target = String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1)!;
  const action = target || new URLSearchParams(body).get("Action") || "";
  return { name: `${service}:${action}`, key, region, body, index };
}

/** An error as the protocol of the call has it. */
export function failure({ name }: Pick<Call, "name">, code: string, message: string, status = 400): Reply {
  if (/^(?:iam|sts):/.test(name)) {
    return {
      status,
      headers: { "content-type": "text/xml" },
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
    };
  }
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code },
    body: JSON.stringify({ __type: code, message }),
  };
}
