import { AwsError, UsageError } from "../errors.ts";

/** What is read of an error of the SDK. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const NO_ANSWER =
  "check the network, and AWS_REGION or the profile's region (aws-cn and aws-us-gov have their own)";
/** What the credentials that are used are to the user. */
const NO_CREDENTIALS =
  "set AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or sign in with 'aws sso login'; 'leakwarden aws credentials' says what is wrong";

/**
 * An error of the SDK as one sentence.
 * @param action what was asked for, as permissions name it: `iam:ListAccessKeys`
 */
export function awsFailure(error: unknown, action: string): AwsError {
  const { name = "", message = "", code, $metadata } = error as SdkError;
  const answered = $metadata?.httpStatusCode !== undefined;
  const options = { cause: error, reason: reasonOf(name, message) };
  switch (options.reason) {
    case "no-credentials":
      return new AwsError("no AWS credentials of one's own were found", { ...options, hint: NO_CREDENTIALS });
    case "expired":
      return new AwsError("the AWS credentials that are used here have expired", {
        ...options,
        hint: NO_CREDENTIALS,
      });
    case "invalid":
      return new AwsError("AWS does not know the credentials that are used here", {
        ...options,
        hint: `${NO_CREDENTIALS}; those of aws-cn and aws-us-gov are known in the regions of their partition alone (AWS_REGION)`,
      });
    case "mismatch":
      return new AwsError("AWS says that the secret key that is used here is not that of its ID", {
        ...options,
        hint: NO_CREDENTIALS,
      });
    case "denied":
      // What forbids it may be something else than what was asked for: the key that encrypts a secret, a policy of the organization.
      return new AwsError(
        `the credentials that are used here may not ${action}${ELSEWHERE.test(message) ? ` (${sentence(message)})` : ""}`,
        { ...options, hint: `allow ${action} for them in a policy, or use others` },
      );
    case "deleted":
      return new AwsError(`${action}: ${sentence(message)}`, {
        ...options,
        hint: "'aws secretsmanager restore-secret --secret-id NAME' brings it back, another name is free",
      });
    case "throttled":
      return new AwsError(`AWS answers ${action} with 'too many requests', after several attempts`, {
        ...options,
        hint: "wait a minute, and try again",
      });
    case "missing":
      return new AwsError(`${action}: ${sentence(message)}`, options);
    case "limit":
      return new AwsError(`${action}: ${sentence(message)}`, {
        ...options,
        ...(action === "iam:CreateAccessKey"
          ? { hint: "a user can have two access keys: delete one that nobody needs" }
          : {}),
      });
    default:
      return new AwsError(
        `${action} failed: ${sentence(message) || code || name || "for a reason unknown"}`,
        // Who has answered can be reached.
        answered ? options : { ...options, hint: NO_ANSWER },
      );
  }
}

export type AwsReason =
  | "no-credentials"
  | "expired"
  | "invalid"
  | "mismatch"
  | "denied"
  | "throttled"
  | "missing"
  | "limit"
  | "deleted"
  | "other";

/** AWS's own words for a denial that is not of the action by itself. */
const ELSEWHERE = /kms|explicit deny|service control|resource control|permissions boundary/i;

function reasonOf(name: string, message: string): AwsReason {
  if (/^CredentialsProviderError$|^TokenProviderError$/.test(name)) return "no-credentials";
  if (/^ExpiredToken/.test(name)) return "expired";
  if (name === "SignatureDoesNotMatch") return "mismatch";
  if (/^(?:InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidAccessKeyId)$/.test(name))
    return "invalid";
  if (/AccessDenied|UnauthorizedOperation|NotAuthorized|InsufficientPermissions/.test(name)) return "denied";
  if (name === "InvalidRequestException" && /deleted|deletion/i.test(message)) return "deleted";
  if (/Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test(name)) return "throttled";
  if (/^LimitExceeded/.test(name)) return "limit";
  if (/^NoSuch|^NoAvailable|^ResourceNotFound|NotInUse/.test(name) || /cannot be found/.test(message))
    return "missing";
  return "other";
}

/** What is no answer of AWS the SDK tells in its parser's words. */
function sentence(message: string): string {
  if (/Deserialization error|is not valid JSON/.test(message)) return "what has answered is not AWS";
  return message.replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 200);
}

/** The SDK is installed with leakwarden unless optional dependencies are left out. */
export function sdkMissing(name: string): UsageError {
  return new UsageError(
    `'leakwarden aws' needs the AWS SDK, and '${name}' is not installed`,
    `npm install ${name}; they are optional dependencies of leakwarden, which --omit=optional leaves out`,
  );
}
