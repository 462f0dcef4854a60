/** The regions that every account of a partition has without asking for them. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  aws: [
    ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
    ...["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
    ...[
      "ap-south-1",
      "ap-northeast-1",
      "ap-northeast-2",
      "ap-northeast-3",
      "ap-southeast-1",
      "ap-southeast-2",
    ],
  ],
  "aws-cn": ["cn-north-1", "cn-northwest-1"],
  "aws-us-gov": ["us-gov-west-1", "us-gov-east-1"],
};

/** Regions that an account has when it has asked for them; elsewhere its keys are as unknown there as those of nobody. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  aws: [
    ...[
      "af-south-1",
      "ap-east-1",
      "ap-east-2",
      "ap-south-2",
      "ap-southeast-3",
      "ap-southeast-4",
      "ap-southeast-5",
    ],
    ...[
      "ap-southeast-6",
      "ap-southeast-7",
      "ca-west-1",
      "eu-central-2",
      "eu-south-1",
      "eu-south-2",
      "il-central-1",
    ],
    ...["me-central-1", "me-south-1", "mx-central-1"],
  ],
};

export function isOptional(region: string): boolean {
  return Object.values(OPTIONAL).some((regions) => regions.includes(region));
}

/** @param region one that is asked as well, wherever it is */
export function regionsOf(partition: string, region: string): readonly string[] {
  return [...new Set([...(REGIONS[partition] ?? []), ...(OPTIONAL[partition] ?? []), region])];
}
