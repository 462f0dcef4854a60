/**
 * What comes of a stretch of text is known by the bytes in it, so many in front, and so many behind: most rules look no
 * further. (`assembly/stretches.ts` has the same numbers.)
 */
export const BEFORE = 128;
export const BEHIND = 480;
