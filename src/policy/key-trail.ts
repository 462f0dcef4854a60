/** A call that a key was used for, as CloudTrail keeps it. */
export interface TrailEvent {
  readonly time: Date;
  /** `s3`, of `s3.amazonaws.com` */
  readonly service: string;
  readonly action: string;
  readonly region: string;
  /** An address, or the name of a service that called for the key. */
  readonly address: string;
  /** AWS's word for why it was refused; null: it was done. */
  readonly error: string | null;
  /** It says of itself that it is a question of ours, whether the key works. */
  readonly own: boolean;
}

export interface TrailGroup {
  readonly name: string;
  readonly calls: number;
  readonly denied: number;
  readonly first: Date;
  readonly last: Date;
}

/**
 *     takeover         calls by which somebody stays when the key is gone
 *     reconnaissance   calls that find out what a key may
 *     denied           calls that its permissions do not allow
 *     new-address      an address that it was not used from before
 *     new-region       a region that it was not used in before
 */
export type Suspicion = "takeover" | "reconnaissance" | "denied" | "new-address" | "new-region";

export interface UnusualUse {
  readonly kind: Suspicion;
  readonly detail: string;
}

export interface KeyTrail {
  readonly key: string;
  readonly from: Date;
  readonly to: Date;
  /** Without the questions of ours. */
  readonly calls: number;
  readonly verified: number;
  readonly first: Date | null;
  readonly last: Date | null;
  readonly services: readonly TrailGroup[];
  readonly regions: readonly TrailGroup[];
  readonly addresses: readonly TrailGroup[];
  readonly errors: readonly TrailGroup[];
  readonly unusual: readonly UnusualUse[];
}

/** What a stolen key is used for first, in reports of incidents: who am I, what is there, what may I. */
const RECONNAISSANCE: ReadonlySet<string> = new Set([
  ...[
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "iam:GetUser",
    "iam:ListUsers",
    "iam:ListRoles",
    "iam:ListGroups",
  ],
  ...["iam:ListAttachedUserPolicies", "iam:ListUserPolicies", "iam:ListPolicies", "iam:GetAccountSummary"],
  ...[
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "iam:ListAccountAliases",
    "iam:SimulatePrincipalPolicy",
  ],
  ...["s3:ListBuckets", "ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeAccountAttributes"],
  ...["ses:GetSendQuota", "ses:ListIdentities", "ses:GetAccount", "organizations:DescribeOrganization"],
  ...[
    "organizations:ListAccounts",
    "secretsmanager:ListSecrets",
    "ssm:DescribeParameters",
    "lambda:ListFunctions20150331",
  ],
  ...[
    "rds:DescribeDBInstances",
    "dynamodb:ListTables",
    "cloudtrail:DescribeTrails",
    "guardduty:ListDetectors",
  ],
  ...[
    "bedrock:ListFoundationModels",
    "bedrock:GetFoundationModelAvailability",
    "servicequotas:ListServiceQuotas",
  ],
]);

const TAKEOVER: ReadonlySet<string> = new Set([
  ...[
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:CreateRole",
  ],
  ...[
    "iam:AttachUserPolicy",
    "iam:PutUserPolicy",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:AddUserToGroup",
  ],
  ...[
    "iam:UpdateAssumeRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeactivateMFADevice",
    "sts:GetFederationToken",
  ],
  ...[
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "guardduty:DeleteDetector",
  ],
  ...[
    "ec2:RunInstances",
    "ec2:CreateKeyPair",
    "lambda:CreateFunction20150331",
    "organizations:LeaveOrganization",
  ],
]);

const DENIED =
  /AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|AuthFailure|Forbidden|InsufficientPermissions/;
/** Names that one line of the report has. */
const NAMED = 6;

/** Counts events as they come, in any order, and keeps none of them. */
export class TrailCounter {
  private readonly services = new Groups();
  private readonly regions = new Groups();
  private readonly addresses = new Groups();
  private readonly errors = new Groups();
  private readonly denied = new Groups();
  private readonly looked = new Groups();
  private readonly taken = new Groups();
  private readonly all = new Groups();
  private verified = 0;

  add(event: TrailEvent): void {
    const { service, action, region, address, error } = event;
    const call = `${service}:${action}`;
    // Who says so and does more is no question of ours.
    if (event.own && call === "sts:GetCallerIdentity") {
      this.verified += 1;
      return;
    }
    this.all.add("", event);
    this.services.add(service, event);
    this.regions.add(region, event);
    this.addresses.add(address, event);
    if (error !== null) this.errors.add(error, event);
    if (isDenied(event)) this.denied.add(call, event);
    if (RECONNAISSANCE.has(call)) this.looked.add(call, event);
    if (TAKEOVER.has(call)) this.taken.add(call, event);
  }

  /** @param recent what began after it is new for a key that was used before */
  result(key: string, from: Date, to: Date, recent: Date): KeyTrail {
    const [all] = this.all.list();
    const fresh = (groups: Groups) =>
      all !== undefined && all.first < recent ? groups.list().filter(({ first }) => first >= recent) : [];
    const unusual: UnusualUse[] = [];
    const note = (kind: Suspicion, groups: readonly TrailGroup[]) => {
      if (groups.length > 0) unusual.push({ kind, detail: listed(groups) });
    };
    note("takeover", this.taken.list());
    note("reconnaissance", this.looked.list());
    note("denied", this.denied.list());
    note("new-address", fresh(this.addresses));
    note("new-region", fresh(this.regions));
    return {
      key,
      from,
      to,
      calls: all?.calls ?? 0,
      verified: this.verified,
      first: all?.first ?? null,
      last: all?.last ?? null,
      services: this.services.list(),
      regions: this.regions.list(),
      addresses: this.addresses.list(),
      errors: this.errors.list(),
      unusual,
    };
  }
}

function isDenied({ error }: TrailEvent): boolean {
  return error !== null && DENIED.test(error);
}

function listed(groups: readonly TrailGroup[]): string {
  const names = groups.slice(0, NAMED).map(({ name, calls }) => `${name} (${calls})`);
  return `${names.join(", ")}${groups.length > NAMED ? ` and ${groups.length - NAMED} more` : ""}`;
}

class Groups {
  private readonly groups = new Map<string, { calls: number; denied: number; first: Date; last: Date }>();

  add(name: string, event: TrailEvent): void {
    const { time } = event;
    let group = this.groups.get(name);
    if (group === undefined) {
      group = { calls: 0, denied: 0, first: time, last: time };
      this.groups.set(name, group);
    }
    group.calls += 1;
    if (isDenied(event)) group.denied += 1;
    if (time < group.first) group.first = time;
    if (time > group.last) group.last = time;
  }

  /** The most frequent first. */
  list(): TrailGroup[] {
    return [...this.groups]
      .map(([name, group]) => ({ name, ...group }))
      .sort((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1));
  }
}
