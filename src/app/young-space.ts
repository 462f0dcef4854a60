import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes for what was just made and is soon forgotten. With less a scan is as fast as with the 32 MB that V8 goes up to. */
const ENOUGH = 4 << 20;
/** V8's own factor. */
const USUAL = 2;
/** Milliseconds between two looks. */
const INTERVAL = 10;

/**
 * Keeps the space for new objects small, in the main thread too: a worker can be told its bound, but the main thread's is fixed
 * when Node starts. Each time V8 wants to make the space larger it asks by which factor; from when it is large enough that is 1.
 *
 * @returns ends it. Must be called: what V8 keeps of compiled code counts for the flags of that time.
 */
export function boundYoungSpace(): () => void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
    if (young === undefined || young.space_size < ENOUGH) return;
    growBy(1);
    clearInterval(timer);
  }, INTERVAL);
  timer.unref();
  return () => {
    clearInterval(timer);
    growBy(USUAL);
  };
}

function growBy(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
