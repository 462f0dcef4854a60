// What a tree has that none of its predecessors has. A tree object is entries in the order of their names, where a folder's name
// counts as if `/` stood behind it:
//
//     <mode in octal> <name>@<id>     @: NUL; the id is 20 or 32 bytes; folders have mode 40000

/** Mode and name are compared together when an entry is the same; a name alone begins behind the mode's blank. */
const BLANK: u32 = 0x20;

/** Mode, blank and one letter at the least stand in front of an entry's NUL. */
const LEAST_HEAD: usize = 7;
const HEAD_BYTES: u64 = 0x00ffffffffffffff;

/** Where the NUL of the entry at `at` is; `end` when there is none, or too soon. */
@inline
function nulOf(at: usize, end: usize): usize {
  const head = load<u64>(at);
  const early = (head - 0x0101010101010101) & ~head & 0x8080808080808080 & HEAD_BYTES;
  return early != 0 ? end : nulFrom(at + LEAST_HEAD, end);
}

@inline
function nulFrom(at: usize, end: usize): usize {
  const zero = i8x16.splat(0);
  for (let block = at; block < end; block += 16) {
    const bits = i8x16.bitmask(i8x16.eq(v128.load(block), zero));
    if (bits != 0) return min(end, block + ctz(bits));
  }
  return end;
}

@inline
function nameOf(entry: usize): usize {
  let at = entry;
  while (load<u8>(at) != BLANK && load<u8>(at) != 0) at++;
  return at + 1;
}

@inline
function isFolder(entry: usize): bool {
  const first = load<u8>(entry);
  return first == 0x34 || (first == 0x30 && load<u8>(entry, 1) == 0x34);
}

/** How many of `most` bytes are the same. Reads up to 16 more. */
@inline
function common(one: usize, other: usize, most: usize): usize {
  for (let i: usize = 0; i < most; i += 16) {
    const bits = i8x16.bitmask(i8x16.ne(v128.load(one + i), v128.load(other + i)));
    if (bits != 0) return min(most, i + ctz(bits));
  }
  return most;
}

/** Order of two names that end at a NUL each: below 0 when the first comes first. */
function order(one: usize, oneEnd: usize, oneFolder: bool, other: usize, otherEnd: usize, otherFolder: bool): i32 {
  while (one < oneEnd && other < otherEnd) {
    const difference = <i32>load<u8>(one) - <i32>load<u8>(other);
    if (difference != 0) return difference;
    one++;
    other++;
  }
  const left: i32 = one < oneEnd ? load<u8>(one) : oneFolder ? 0x2f : 0;
  const right: i32 = other < otherEnd ? load<u8>(other) : otherFolder ? 0x2f : 0;
  return left - right;
}

/**
 * Writes the entries of a tree that are in none of the others with the same mode and id: u32 address of the entry, u32
 * address of its id, and for each of the others u32 address of the id of its folder of that name, or 0.
 *
 * Mostly the tree and another are the same for long stretches. `same` is how far they are from where they were compared last,
 * as an address in the tree: entries that end before it need no look at the other.
 *
 * @param others records of u32, where each of them begins and ends, and room for `same`; used up
 * @returns how many entries; -1 when one of them is seen to be corrupt, or when there is no room
 */
export function newEntries(
  tree: usize, end: usize,
  others: usize, count: u32,
  idBytes: u32,
  out: usize, outEnd: usize,
): i32 {
  const record: usize = 8 + ((<usize>count) << 2);
  const othersEnd = others + 12 * <usize>count;
  let found: i32 = 0;
  let to = out;
  let entry = tree;
  // From here on a record begins with how far its place lies behind the tree's entry.
  for (let cursor = others; cursor < othersEnd; cursor += 12) align(cursor, load<u32>(cursor), tree, end);
  while (entry < end) {
    // What is the same in all of the others is passed over; where one of them is the same to the tree's end, nothing new is left.
    let same = count == 0 ? entry : end;
    for (let cursor = others; cursor < othersEnd; cursor += 12) {
      const to = <usize>load<u32>(cursor, 8);
      if (to == end) return found;
      same = min(same, to);
    }
    let nameEnd = nulOf(entry, end);
    let next = nameEnd + 1 + idBytes;
    while (next <= same) {
      entry = next;
      nameEnd = nulOf(entry, end);
      next = nameEnd + 1 + idBytes;
    }
    if (next > end || to + record > outEnd) return -1;
    let isOld = false;
    let match = to + 8;
    for (let cursor = others; cursor < othersEnd; cursor += 12) {
      store<u32>(match, 0);
      if (next <= <usize>load<u32>(cursor, 8)) isOld = true;
      else {
        const folder = isFolder(entry);
        const name = nameOf(entry);
        if (name > nameEnd) return -1;
        let place = <usize>(<u32>entry + load<u32>(cursor));
        const placeEnd = <usize>load<u32>(cursor, 4);
        while (place < placeEnd) {
          const otherEnd = nulOf(place, placeEnd);
          const otherNext = otherEnd + 1 + idBytes;
          if (otherNext > placeEnd) return -1;
          const otherFolder = isFolder(place);
          const before = order(nameOf(place), otherEnd, otherFolder, name, nameEnd, folder);
          if (before > 0) break;
          if (before == 0) {
            const length = next - entry;
            if (otherNext - place == length && common(entry, place, length) == length) isOld = true;
            if (otherFolder) store<u32>(match, <u32>(otherEnd + 1));
          }
          place = otherNext;
          if (before == 0) break;
        }
        align(cursor, place, next, end);
      }
      match += 4;
    }
    if (!isOld) {
      if (nameOf(entry) > nameEnd) return -1;
      store<u32>(to, <u32>entry);
      store<u32>(to, <u32>(nameEnd + 1), 4);
      to += record;
      found++;
    }
    entry = next;
  }
  return found;
}

/** Notes that the entry at `entry` is to be compared with the other's at `place`, and how far both are the same. */
@inline
function align(cursor: usize, place: usize, entry: usize, end: usize): void {
  const placeEnd = <usize>load<u32>(cursor, 4);
  store<u32>(cursor, <u32>place - <u32>entry);
  store<u32>(cursor, <u32>(entry + common(entry, place, min(end - entry, placeEnd - place))), 8);
}
