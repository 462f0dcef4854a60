import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress } from "../../src/cli/progress.ts";

const file = join(tmpdir(), `leakwarden-progress-${process.pid}`);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(file, { force: true });
});

/** What a scan of 2,000 blobs in two seconds shows on standard error. */
function shown(isTTY: boolean): string {
  const fd = openSync(file, "w");
  const stream = { fd, isTTY, columns: 80 };
  const progress = new Progress({
    cwd: "/",
    env: {},
    stdin: Readable.from([]),
    stdout: stream,
    stderr: stream,
  });
  for (let done = 0; done <= 2000; done += 100) {
    progress.show(done, 2000, "blobs");
    vi.advanceTimersByTime(100);
  }
  progress.clear();
  closeSync(fd);
  return readFileSync(file, "utf8");
}

test("a terminal sees how much is done and how long is left, and a clean line at the end", () => {
  const text = shown(true);
  expect(text).toContain("400 of 2,000 blobs, 2 s left");
  expect(text).toMatch(/1,[5-9]00 of 2,000 blobs, 1 s left/);
  expect(text).not.toContain("[K100 of 2,000");
  expect(text.endsWith("\r\x1b[K")).toBe(true);
});

test("a log sees nothing", () => {
  expect(shown(false)).toBe("");
});
