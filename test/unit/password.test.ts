import { describe, expect, test } from "vitest";
import { passwordReason } from "../../src/engine/password.ts";
import { isRandom, measureRandomness } from "../../src/engine/randomness.ts";

function reasonOf(value: string, quoted: boolean): string | null {
  const report = measureRandomness(value);
  return passwordReason(value, { likeness: report.likeness, random: isRandom(report, value.length), quoted });
}

describe("a generated value is a password, whatever signs it holds", () => {
  test.each(["aK3%d9xQ!zL7", "x{9}Kq2!pLz8", "No-7xKq2!pLz8"])("%j in quotes", (value) => {
    expect(reasonOf(value, true)).toBeNull();
  });
  test.each(["x7K(9pQ!z2Lw", "x7K&&9pQz2Lw", "@x7K!pQ9z2Lw", "*x7K!pQ9z2Lw", "q7Zk2x9LmP0v&dbname=app"])(
    "%j without",
    (value) => {
      expect(reasonOf(value, false)).toBeNull();
    },
  );
});

describe("code, formats and types are none", () => {
  test.each([
    "get_password(x)",
    "func(a1B2c3)",
    'cfg["password"]',
    "base64Decode(aB3dE9kL2mN8)",
    "a && b",
    ":MAX_PASSWORD_LENGTH",
    "secret&dbname=app",
  ])("%j without quotes", (value) => {
    expect(reasonOf(value, false)).not.toBeNull();
  });
  test.each(["%s-%s", "{password}", "%(db_password)s", "string|null", "varchar(255)"])(
    "%j in quotes",
    (value) => {
      expect(reasonOf(value, true)).not.toBeNull();
    },
  );
});
